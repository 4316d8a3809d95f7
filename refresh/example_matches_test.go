package refresh_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// A job is split into parts of two rows, each part is refreshed by itself, and what they became is joined again. Only one part
// is in memory at a time. The files are buffers here.
func ExampleSplitMatches() {
	ctx := context.Background()
	system := memconn.New("contoso", &memconn.Options{Tracking: true})
	job := refresh.NewJob("staged")
	for _, name := range []string{"ann", "bob", "cy", "dee", "eve"} {
		m := system.Put(refresh.Mailbox{Primary: refresh.Address(name + "@old.example")})
		job.Matches = append(job.Matches, refresh.Match{Key: name, Source: m, SourceOrigin: refresh.Bound})
	}
	system.SwitchDomain("old.example", "new.example", memconn.DropOld)
	sides := refresh.Sides{Source: system.Connect(nil)}
	var file bytes.Buffer
	if err := job.Write(&file); err != nil {
		log.Fatal(err)
	}

	head, rows, err := refresh.ReadMatches(bytes.NewReader(file.Bytes()))
	if err != nil {
		log.Fatal(err)
	}
	marks, err := refresh.TakeMarks(ctx, head, sides) // one for all parts, before the first look-up
	if err != nil {
		log.Fatal(err)
	}
	var parts []io.Reader
	for part, err := range refresh.SplitMatches(head, rows, 2) {
		if err != nil {
			log.Fatal(err)
		}
		res, err := refresh.Refresh(ctx, part, sides, &refresh.Options{Marks: marks})
		if err != nil {
			log.Fatal(err)
		}
		if part, err = part.Apply(res); err != nil {
			log.Fatal(err)
		}
		var file bytes.Buffer
		if err := part.Write(&file); err != nil {
			log.Fatal(err)
		}
		parts = append(parts, bytes.NewReader(file.Bytes()))
	}

	head, rows, err = refresh.ReadMatches(parts...)
	if err != nil {
		log.Fatal(err)
	}
	file.Reset()
	if err := refresh.WriteMatches(&file, head, rows); err != nil {
		log.Fatal(err)
	}
	conflicts, err := refresh.Conflicts(rows)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(parts), "parts,", len(conflicts), "conflicts")

	// The joined job is as good as one refreshed at once: its next refresh follows the changes.
	job, err = refresh.ReadJob(&file)
	if err != nil {
		log.Fatal(err)
	}
	system.Rename(job.Matches[3].Source.ID, "dee.smith@new.example", memconn.DropOld)
	res, err := refresh.Refresh(ctx, job, sides, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Run.Source.Path, "refresh of", len(res.Rows), "rows, asked for", res.Run.Source.Asked)
	fmt.Println(job.Matches[0].Source.Primary)
	// Output:
	// 3 parts, 0 conflicts
	// incremental refresh of 5 rows, asked for 1
	// ann@new.example
}
