package refresh_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// TestDigestRoundTrip: a job has one digest, in memory and on paper, with its history and without.
func TestDigestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		job := jobs.Draw(t, "job")
		var b bytes.Buffer
		if err := job.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := refresh.ReadJob(&b)
		if err != nil {
			t.Fatal(err)
		}
		again.History = nil
		if job.Digest() != again.Digest() {
			t.Fatalf("digest %s, and %s when it was read", job.Digest(), again.Digest())
		}
	})
}

// TestDigestSeesEverything changes every field of a job that uses all, one after the other.
func TestDigestSeesEverything(t *testing.T) {
	want := goldenJob().Digest()
	seen, n := map[string]string{want: "nothing"}, 0
	job := goldenJob()
	eachLeaf(func() reflect.Value { return reflect.ValueOf(&job).Elem() }, "job", func(path string, change func()) {
		change()
		if d := job.Digest(); seen[d] != "" {
			t.Errorf("the digest is the same after a change of %s and of %s", path, seen[d])
		} else {
			seen[d] = path
		}
		n++
	}, func() { job = goldenJob() })
	if n < 60 {
		t.Errorf("%d changes only", n)
	}
	for name, change := range map[string]func(*refresh.Job){
		"rows swapped": func(j *refresh.Job) { j.Matches[0], j.Matches[1] = j.Matches[1], j.Matches[0] },
		"a row less":   func(j *refresh.Job) { j.Matches = j.Matches[1:] },
		"sides swapped": func(j *refresh.Job) {
			m := &j.Matches[0]
			m.Source, m.Target = m.Target, m.Source
		},
	} {
		j := goldenJob()
		if change(&j); j.Digest() == want {
			t.Errorf("%s: the digest is the same", name)
		}
	}
	j := goldenJob()
	j.History = nil
	for i := range j.Matches {
		if j.Matches[i].Source.Aliases == nil {
			j.Matches[i].Source.Aliases = []refresh.Address{}
		}
		var spaced bytes.Buffer
		if e := j.Matches[i].Ext; e != nil && json.Indent(&spaced, e, " ", "\t") == nil {
			j.Matches[i].Ext = spaced.Bytes()
		}
	}
	if j.Digest() != want {
		t.Error("the digest depends on the history, on empty lists or on white space")
	}
}

// eachLeaf calls f for every value below at that can be changed, and undo after it, which makes a new value. The history is left out.
func eachLeaf(at func() reflect.Value, path string, f func(path string, change func()), undo func()) {
	leaf := func(change func()) {
		f(path, change)
		undo()
	}
	switch x := at().Addr().Interface().(type) {
	case *time.Time:
		leaf(func() { *x = x.Add(time.Second) })
		return
	case *json.RawMessage:
		if *x != nil {
			leaf(func() { *x = json.RawMessage(`"changed"`) })
		}
		return
	case *[]refresh.Event:
		return
	}
	switch v := at(); v.Kind() {
	case reflect.String:
		leaf(func() { v.SetString(v.String() + "x") })
	case reflect.Bool:
		leaf(func() { v.SetBool(!v.Bool()) })
	case reflect.Uint8, reflect.Uint64:
		leaf(func() { v.SetUint(v.Uint() + 1) })
	case reflect.Pointer:
		if !v.IsNil() {
			eachLeaf(func() reflect.Value { return at().Elem() }, path, f, undo)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachLeaf(func() reflect.Value { return at().Index(i) }, path+"[]", f, undo)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			eachLeaf(func() reflect.Value { return at().Field(i) }, path+"."+v.Type().Field(i).Name, f, undo)
		}
	}
}

// TestRunHasDigest: the digest of a run is that of the job it was about, also with many rows, some rows, and parts.
func TestRunHasDigest(t *testing.T) {
	j, s, d := benchPair(5000, &memconn.Options{Tracking: true})
	sides := benchSides(s, d)
	check := func(name string, job refresh.Job, r *refresh.Result) {
		t.Helper()
		if r.Run.JobDigest != job.Digest() || len(r.Run.JobDigest) != 32 {
			t.Errorf("%s: digest %q, and that of the job is %q", name, r.Run.JobDigest, job.Digest())
		}
	}
	r := run(t, j, sides, nil)
	check("full", j, r)
	after := apply(t, j, r)
	if after.Digest() == j.Digest() {
		t.Error("the digest is the same after Apply")
	}
	check("incremental", after, run(t, after, sides, &refresh.Options{Select: func(m refresh.Match) bool { return m.Key < "2" }}))
	parts, err := refresh.Split(j, 2000)
	must(t, err)
	var results []*refresh.Result
	for _, p := range parts {
		results = append(results, run(t, p, sides, nil))
	}
	merged, err := refresh.Merge(j, results...)
	must(t, err)
	check("merged", j, merged)
}
