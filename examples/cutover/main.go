package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/refresh"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cutover:", err)
		os.Exit(1)
	}
}

// cutover is the program of somebody who migrates Nordwind to Summit.
type cutover struct {
	w              io.Writer
	world          *world // what the administrators of both sides do
	source, target *ldapconn.Connector
	job            refresh.Job
	plan           *refresh.Result
}

func run(ctx context.Context, w io.Writer) (err error) {
	c := &cutover{w: w}
	defer func() { err = errors.Join(err, c.close()) }()
	if c.world, err = build(); err != nil {
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
	for _, conn := range []*ldapconn.Connector{c.source, c.target} {
		if conn != nil {
			err = errors.Join(err, conn.Close())
		}
	}
	if c.world != nil {
		err = errors.Join(err, c.world.close())
	}
	return err
}
