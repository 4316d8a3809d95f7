package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// files writes a result into the directory that -report names: as it is kept, for a spreadsheet, and for people.
func (c *cutover) files(name string, r *refresh.Result) error {
	return errors.Join(
		c.file(name+".json", r.Write),
		c.file(name+".csv", func(w io.Writer) error { return report.CSV(w, r, nil) }),
		c.file(name+".html", func(w io.Writer) error { return report.HTML(w, r, nil) }),
	)
}

// since writes what changed from one result to a later one.
func (c *cutover) since(name string, earlier, later *refresh.Result) error {
	d, err := report.Diff(earlier, later)
	if err != nil {
		return err
	}
	return c.file(name+".html", func(w io.Writer) error { return d.HTML(w, nil) })
}

func (c *cutover) file(name string, write func(io.Writer) error) (err error) {
	if c.dir == "" {
		return nil
	}
	f, err := os.Create(filepath.Join(c.dir, name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
