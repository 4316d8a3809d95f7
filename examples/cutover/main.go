package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/refresh"
)

func main() {
	target := flag.String("target", "ldap", "where the mailboxes go: ldap or graph")
	dir := flag.String("report", "", "a directory for the reports as HTML, CSV and JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *target, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "cutover:", err)
		os.Exit(1)
	}
}

// cutover is the program of somebody who migrates Nordwind to Summit.
type cutover struct {
	w      io.Writer
	dir    string // for reports; "" for none
	world  *world // what the administrators of both sides do
	source *ldapconn.Connector
	target target
	job    refresh.Job
	opts   *refresh.Options // of every refresh
	plan   *refresh.Result
}

func run(ctx context.Context, w io.Writer, target, dir string) (err error) {
	c := &cutover{w: w, dir: dir}
	defer func() { err = errors.Join(err, c.close()) }()
	if c.world, err = build(target); err != nil {
		return err
	}
	for i, act := range []struct {
		title string
		play  func(context.Context) error
	}{
		{"THE JOB IS MADE", c.pair},
		{"A WEEK GOES BY", c.week},
		{"THE CONNECTION IS RECONFIGURED", c.reconfigure},
		{"AN OUTAGE", c.outage},
		{"THE PREVIEW", c.preview},
		{"APPLIED", c.apply},
		{"UNDONE", c.undo},
	} {
		fmt.Fprintf(w, "%d. %s\n", i+1, act.title)
		if err := act.play(ctx); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	return nil
}

func (c *cutover) close() (err error) {
	if c.source != nil {
		err = c.source.Close()
	}
	if x, ok := c.target.(io.Closer); ok {
		err = errors.Join(err, x.Close())
	}
	if c.world != nil {
		err = errors.Join(err, c.world.close())
	}
	return err
}
