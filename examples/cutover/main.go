package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

func main() {
	useSlapd := flag.Bool("slapd", false, "run on two real OpenLDAP servers instead of in memory")
	out := flag.String("out", "", "folder for job.json, result.json and result.txt (default: a new temporary folder)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *out, *useSlapd); err != nil {
		fmt.Fprintln(os.Stderr, "cutover:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, out string, useSlapd bool) (err error) {
	job, world, err := load()
	if err != nil {
		return err
	}
	open := openMemory
	if useSlapd {
		open = openSlapd
	}
	stage, err := open(ctx, &job, world)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stage.close()) }()

	fmt.Fprintf(w, "The job holds %d matches. Since it was stored:\n", len(job.Matches))
	if err := stage.happen(w); err != nil {
		return err
	}

	// Preview: nothing is written.
	opts := &refresh.Options{Verify: true, Operator: "cutover example"}
	preview, err := refresh.Refresh(ctx, job, stage.sides, opts)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\nPREVIEW")
	if err := report.Text(w, preview, &report.Options{Rows: 4}); err != nil {
		return err
	}

	// Apply: a new job, all rows as one set.
	applied, err := job.Apply(preview)
	if err != nil {
		return err
	}
	preview.State = applied.State(preview)
	if out, err = save(out, applied, preview); err != nil {
		return err
	}

	// The same refresh again finds nothing left to do.
	again, err := refresh.Refresh(ctx, applied, stage.sides, opts)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\nAPPLIED, AND REFRESHED AGAIN")
	for _, s := range []refresh.Side{refresh.Source, refresh.Target} {
		first, second := preview.Counts(s), again.Counts(s)
		fmt.Fprintf(w, "  %s: %d were refreshed; now %d refreshed, %d not changed\n", s,
			first.ByOutcome[refresh.Refreshed], second.ByOutcome[refresh.Refreshed], second.ByOutcome[refresh.NotChanged])
	}
	ready := map[refresh.ReadyState]int{}
	for _, r := range again.Rescan(applied) {
		ready[r.State]++
	}
	fmt.Fprintf(w, "  next delta migration: %d ready, %d unverified, %d blocked\n", ready[refresh.Ready], ready[refresh.Unverified], ready[refresh.Blocked])
	fmt.Fprintf(w, "\nWrote job.json, result.json and result.txt to %s\n", out)
	return nil
}

// save writes the job, the result and the results window.
func save(dir string, job refresh.Job, res *refresh.Result) (string, error) {
	var err error
	if dir == "" {
		dir, err = os.MkdirTemp("", "cutover-")
	} else {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return "", err
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"job.json", job.Write},
		{"result.json", res.Write},
		{"result.txt", func(w io.Writer) error { return report.Text(w, res, &report.Options{Rows: -1}) }},
	} {
		file, err := os.Create(filepath.Join(dir, f.name))
		if err != nil {
			return "", err
		}
		if err := errors.Join(f.write(file), file.Close()); err != nil {
			return "", fmt.Errorf("writing %s: %w", f.name, err)
		}
	}
	return dir, nil
}
