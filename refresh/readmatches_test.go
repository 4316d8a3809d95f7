package refresh_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

// rowsOf ranges over rows that are held.
func rowsOf(ms ...refresh.Match) iter.Seq2[refresh.Match, error] {
	return func(yield func(refresh.Match, error) bool) {
		for _, m := range ms {
			if !yield(m, nil) {
				return
			}
		}
	}
}

// collect reads all rows, and the error that ends them.
func collect[T any](rows iter.Seq2[T, error]) (all []T, err error) {
	for m, e := range rows {
		if err != nil {
			return all, errors.New("something follows an error")
		}
		if err = e; err == nil {
			all = append(all, m)
		}
	}
	return all, err
}

// readWhole reads a job row by row.
func readWhole(parts ...io.Reader) (refresh.Job, error) {
	job, rows, err := refresh.ReadMatches(parts...)
	if err == nil {
		job.Matches, err = collect(rows)
	}
	return job, err
}

// onceReader cannot go back.
func onceReader(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b)) }

// A job read and written row by row is the job, to the byte.
func TestMatchesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := jobs.Draw(t, "job")
		doc := written(t, j)
		head, rows, err := refresh.ReadMatches(bytes.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a reader that can seek goes back
			var again bytes.Buffer
			if err := refresh.WriteMatches(&again, head, rows); err != nil || !bytes.Equal(doc, again.Bytes()) {
				t.Fatalf("error %v, written\n%s\nread\n%s", err, doc, again.Bytes())
			}
		}
		want, err := refresh.ReadJob(bytes.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		got, err := readWhole(onceReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written(t, want), written(t, got)) || len(head.Matches) != 0 {
			t.Fatalf("ReadJob %+v, ReadMatches %+v", want, got)
		}
	})
}

// What is damaged is refused by both readers or by none.
func TestReadMatchesRefusesLikeReadJob(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := written(t, jobs.Draw(t, "job"))
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			at := rapid.IntRange(0, len(doc)).Draw(t, "at")
			to := min(len(doc), at+rapid.SampledFrom([]int{0, 0, 1, 1, 2, 9, len(doc)}).Draw(t, "removed"))
			doc = slices.Concat(doc[:at], []byte(rapid.SampledFrom([]string{
				"", "", ",", "}", "]", "[", "{}", `"`, "null", "\xff", "0", `"key":"1",`, `"part":"x",`, string(doc[at:to]) + string(doc[at:to]),
			}).Draw(t, "put in")), doc[to:])
		}
		want, wantErr := refresh.ReadJob(bytes.NewReader(doc))
		got, err := readWhole(bytes.NewReader(doc))
		if (wantErr == nil) != (err == nil) {
			if err != nil && strings.Contains(err.Error(), "stands before other members") {
				return // the one difference
			}
			t.Fatalf("ReadJob: %v; ReadMatches: %v; of\n%s", wantErr, err, doc)
		}
		if err != nil {
			if _, ok := errors.AsType[*refresh.InvalidError](err); !ok {
				t.Fatalf("error %v (%T)", err, err)
			}
		} else if !bytes.Equal(written(t, want), written(t, got)) {
			t.Fatalf("ReadJob %+v, ReadMatches %+v", want, got)
		}
	})
}

func TestReadMatchesRefuses(t *testing.T) {
	const (
		second = `{"key":"2",` + goodSource + `}`
		twice  = "is that of an earlier row already; keys must be unique"
		last   = "stands before other members; to be read row by row it must be the last one: read the job with ReadJob and write it again"
	)
	file := func(field, problem string) refresh.InvalidError {
		return refresh.InvalidError{What: "job", Field: field, Problem: problem}
	}
	row := func(n int, key, field, problem string) refresh.InvalidError {
		return refresh.InvalidError{What: "job", Row: n, Key: key, Field: field, Problem: problem}
	}
	for _, c := range []struct {
		name, why, in string
		rows          int // yielded before the error; -1 where not even the header is good
		want          refresh.InvalidError
	}{
		{"bad row", "the rows before it were yielded", jobFile(goodRow, second, `{"key":"3"}`), 2, row(3, "3", "sourceOrigin", "is none; a source is bound (it has an ID) or manual (it has an address)")},
		{"unknown field of a row", "rows are as strict as elsewhere", rowWith(`"extra":1`), 1, row(2, "2", "extra", "")},
		{"same key", "keys are unique", jobFile(goodRow, second, goodRow), 2, row(3, "1", "key", twice)},
		{"truncated", "rows are missing", strings.TrimSuffix(jobFile(goodRow, second), "}]}"), 1, row(2, "", "", truncated)},
		{"something after the end", "two files in one", jobFile(goodRow) + "{}", 1, file("", "has something after its end")},
		{"members after the rows", "the header must be known first", `{"format":"readdress-job","version":1,"id":"J","matches":[` + goodRow + `],"name":"zaphod"}`, 1, file("matches", last)},
		{"rows twice", "which of them counts?", `{"format":"readdress-job","version":1,"id":"J","matches":[` + goodRow + `],"matches":[]}`, 1, file("matches", "is there twice; members must be unique")},
		{"rows before the version", "nobody knows what they mean", `{"matches":[` + goodRow + `],"format":"readdress-job","version":1,"id":"J"}`, -1, file("format", `is not "readdress-job": this is no readdress job`)},
		{"rows before the ID", "the header must be known first", `{"format":"readdress-job","version":1,"matches":[],"id":"J"}`, -1, file("id", "is empty; make jobs with NewJob, which gives them a random ID")},
		{"newer version", "its rows are not judged", `{"format":"readdress-job","version":2,"id":"J","matches":[]}`, -1, file("version", "is 2; this library reads versions 1 to 1: use a newer release")},
		{"unknown member", "it may matter", `{"format":"readdress-job","version":1,"id":"J","more":1,"matches":[]}`, -1, file("more", "")},
		{"no rows", "an empty job says so", `{"format":"readdress-job","version":1,"id":"J"}`, -1, file("matches", "is missing; expected an array")},
		{"rows of another type", "rows are an array", `{"format":"readdress-job","version":1,"id":"J","matches":{}}`, 0, file("matches", "is not an array")},
		{"no object", "a job is an object", `[]`, -1, file("", "does not begin with an object")},
	} {
		t.Run(c.name, func(t *testing.T) {
			job, rows, err := refresh.ReadMatches(strings.NewReader(c.in))
			same(t, "a header that is refused is refused at once", c.rows < 0, err != nil)
			if err == nil {
				var got []refresh.Match
				got, err = collect(rows)
				same(t, "rows before the error", c.rows, len(got))
			} else {
				same(t, "nothing is half-read", refresh.Job{}, job)
			}
			discreet(t, err)
			e := *as[*refresh.InvalidError](t, err)
			if c.want.Problem == "" {
				e.Problem = "" // a list of fields
			}
			same(t, c.why, c.want, e, cmpopts.IgnoreFields(refresh.InvalidError{}, "Offset", "Err"))
		})
	}
}

func TestReadMatchesInParts(t *testing.T) {
	second := `{"key":"2",` + goodSource + `}`
	other := strings.Replace(jobFile(second), `"id":"J"`, `"id":"K"`, 1)
	pinned := func(row, pin string) string {
		return strings.Replace(jobFile(row), `"id":"J"`, `"id":"J","target":{"pin":"`+pin+`"}`, 1)
	}
	for _, c := range []struct{ name, why, first, second, want string }{
		{"bad row", "the part is named", jobFile(goodRow), jobFile(second, `{}`), `part 2: refresh: invalid job, row 2, field key`},
		{"bad header", "the part is named", jobFile(goodRow), `{}`, `part 2: refresh: invalid job, field format`},
		{"same key", "a part is joined once", jobFile(second, goodRow), jobFile(goodRow), `part 2: refresh: invalid job, row 1 (key "1"), field key`},
		{"other job", "rows of two jobs are no job", jobFile(goodRow), other, "part 2: refresh: the result was made"},
		{"other directory", "its IDs mean other mailboxes", pinned(goodRow, "a"), pinned(second, "b"), `part 2: refresh: invalid job, field target.pin`},
	} {
		_, err := readWhole(strings.NewReader(c.first), strings.NewReader(c.second))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q: %s", c.name, err, c.want, c.why)
		}
		discreet(t, err)
	}
	job, err := readWhole(strings.NewReader(jobFile(goodRow)), strings.NewReader(pinned(second, "b")))
	if err != nil || job.Target.Pin != "b" || len(job.Matches) != 2 || job.Matches[1].Key != "2" {
		t.Errorf("a part that was never refreshed, and one that was: %+v, %v", job, err)
	}
	if _, _, err := refresh.ReadMatches(); err == nil {
		t.Error("there is nothing to read, and no error")
	}
}

// A loop over rows may be left, and begun again where the reader can go back.
func TestReadMatchesAgain(t *testing.T) {
	doc := written(t, jobOf(pair("1", box("a", "a@x.example"), box("b", "b@x.example")), pair("2", box("c", "c@x.example"), box("d", "d@x.example"))))
	prefixed := bytes.NewReader(append([]byte("prefix"), doc...))
	_, _ = io.CopyN(io.Discard, prefixed, 6)
	_, rows, err := refresh.ReadMatches(prefixed)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for m, err := range rows {
			if err != nil || m.Key != "1" {
				t.Fatal(m.Key, err)
			}
			break
		}
	}
	next, stop := iter.Pull2(rows)
	if m, err, ok := next(); !ok || err != nil || m.Key != "1" {
		t.Error(m.Key, err, ok)
	}
	stop()
	if all, err := collect(rows); err != nil || len(all) != 2 {
		t.Errorf("%d rows, %v", len(all), err)
	}

	_, rows, err = refresh.ReadMatches(onceReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	for range rows {
		break
	}
	if all, err := collect(rows); err == nil || len(all) != 0 || !strings.Contains(err.Error(), "io.Seeker") {
		t.Errorf("read twice from what cannot go back: %d rows, %v", len(all), err)
	}

	buf := slices.Clone(doc)
	_, rows, err = refresh.ReadMatches(bytes.NewReader(buf))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = collect(rows); err != nil {
		t.Fatal(err)
	}
	copy(buf, bytes.Replace(buf, []byte(`"name":"test"`), []byte(`"name":"tEst"`), 1))
	if all, err := collect(rows); err == nil || len(all) != 0 {
		t.Errorf("the head is another one now: %d rows, %v", len(all), err)
	}
}

func TestWriteMatchesRefuses(t *testing.T) {
	good, other := pair("1", box("a", "a@x.example"), box("b", "b@x.example")), pair("2", box("c", "c@x.example"), box("d", "d@x.example"))
	bad := other
	bad.Source.Primary = "zaphod"
	fails := func(yield func(refresh.Match, error) bool) {
		if yield(good, nil) {
			yield(refresh.Match{}, errOutage)
		}
	}
	for _, c := range []struct {
		name, why string
		head      refresh.Job
		rows      iter.Seq2[refresh.Match, error]
		want      string
	}{
		{"head", "an invalid job is not written", refresh.Job{}, rowsOf(good), "field id"},
		{"row", "nor is an invalid row", jobOf(), rowsOf(good, bad), `row 2 (key "2"), field source.primary`},
		{"same key", "keys are unique", jobOf(), rowsOf(good, other, good), `row 3 (key "1"), field key`},
		{"rows fail", "what is missing must be missed", jobOf(), fails, errOutage.Error()},
	} {
		var b bytes.Buffer
		err := refresh.WriteMatches(&b, c.head, c.rows)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q: %s", c.name, err, c.want, c.why)
		}
		discreet(t, err)
		if _, err := refresh.ReadJob(&b); err == nil {
			t.Errorf("%s: what was written looks whole", c.name)
		}
	}
}

// A full disk ends the reading too.
func TestWriteMatchesStopsAtTheFirstError(t *testing.T) {
	n := 0
	rows := func(yield func(refresh.Match, error) bool) {
		for ; n < 10_000; n++ {
			if !yield(pair(fmt.Sprint(n), box("a", "a@x.example"), box("b", "b@x.example")), nil) {
				return
			}
		}
	}
	err := refresh.WriteMatches(brokenWriter{}, jobOf(), rows)
	is(t, err, errOutage)
	if n > 2000 {
		t.Errorf("%d rows were read for nobody", n)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errOutage }
