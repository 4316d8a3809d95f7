package refresh_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/refresh"
)

func TestJobRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := jobs.Draw(t, "job")
		if err := want.Validate(); err != nil {
			t.Fatalf("the generator made an invalid job: %v", err)
		}
		file := written(t, want)
		got, err := refresh.ReadJob(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		sameFile(t, want, got)
		if again := written(t, got); !bytes.Equal(file, again) {
			t.Fatalf("what was read is written in another way:\n%s\n%s", file, again)
		}
		slow, err := refresh.ReadJob(iotest.OneByteReader(bytes.NewReader(file)))
		if err != nil {
			t.Fatal(err)
		}
		sameFile(t, got, slow)
	})
}

// TestJobFileForm: the form that people see in diffs: a row a line, nothing escaped that need not be.
func TestJobFileForm(t *testing.T) {
	j := jobOf(pair("1", box("s", "ann&<bob>@ü.example"), box("t", "")), pair("2", box("s2", ""), box("t2", "")))
	want := `{"format":"readdress-job","version":1,"id":"job","name":"test","matches":[
{"key":"1","source":{"id":"s","primary":"ann&<bob>@ü.example"},"target":{"id":"t"},"sourceOrigin":"bound","targetOrigin":"bound"},
{"key":"2","source":{"id":"s2"},"target":{"id":"t2"},"sourceOrigin":"bound","targetOrigin":"bound"}
]}
`
	same(t, "the form of a job file", want, string(written(t, j)))
	same(t, "the form of an empty job", "{\"format\":\"readdress-job\",\"version\":1,\"id\":\"j\",\"matches\":[\n]}\n", string(written(t, refresh.Job{ID: "j"})))
}

func TestJobExtKept(t *testing.T) {
	for _, ext := range []string{
		`1e400`, `12345678901234567890`, `-0`, `0.10`, `1E+2`, `null`, `""`, `"\u00e9\/"`, "\"\u2028<&>\"", `{"b":1,"a":{"b":1}}`, `[[],{}]`,
		strings.Repeat("[", 9998) + strings.Repeat("]", 9998),
	} {
		j := jobOf(pair("1", box("s", ""), box("t", "")))
		j.Matches[0].Ext = json.RawMessage(ext)
		got, err := refresh.ReadJob(bytes.NewReader(written(t, j)))
		if err != nil {
			t.Errorf("%.40s: %v", ext, err)
			continue
		}
		same(t, "the host's data came back changed", ext, string(got.Matches[0].Ext))
	}
	j := jobOf(pair("1", box("s", ""), box("t", "")))
	j.Matches[0].Ext = json.RawMessage("{ \"a\" : [ 1 ,\n 2 ] }")
	for range 2 {
		var err error
		if j, err = refresh.ReadJob(bytes.NewReader(written(t, j))); err != nil {
			t.Fatal(err)
		}
		same(t, "it is written in compact form", `{"a":[1,2]}`, string(j.Matches[0].Ext))
	}
	indented, err := refresh.ReadJob(strings.NewReader(`{"format":"readdress-job","version":1,"id":"J","matches":[{"key":"1",` + goodSource + `,"ext": { "a" : 1e400 } }]}`))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "and read into compact form", `{"a":1e400}`, string(indented.Matches[0].Ext))
}

// TestJobExtNotShared: a row's data must not live in a buffer that the next row is read into.
func TestJobExtNotShared(t *testing.T) {
	j, err := refresh.ReadJob(strings.NewReader(jobFile(`{"key":"1",`+goodSource+`,"ext":"first"}`, `{"key":"2",`+goodSource+`,"ext":"other"}`)))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the first row's own data", `"first"`, string(j.Matches[0].Ext))
}

func TestWriteInvalidJob(t *testing.T) {
	j := jobOf(pair("1", box("s", ""), box("t", "")))
	j.Matches[0].Source.ID = ""
	var b bytes.Buffer
	err := j.Write(&b)
	refused(t, "an invalid job is not written", err, refresh.InvalidError{What: "job", Row: 1, Key: "1", Field: "source.id",
		Problem: "is empty, but the side is bound; expected the mailbox's immutable ID, or origin manual"})
	same(t, "not one byte of it", "", b.String())
}

func TestNewJob(t *testing.T) {
	a, b := refresh.NewJob("x"), refresh.NewJob("x")
	if a.Name != "x" || len(a.ID) != 32 || a.ID == b.ID {
		t.Errorf("jobs %q and %q, want a name and two random IDs", a.ID, b.ID)
	}
	if err := a.Validate(); err != nil {
		t.Error(err)
	}
}

func TestJobAccessors(t *testing.T) {
	j := goldenJob()
	same(t, "source endpoint", j.Source, j.Endpoint(refresh.Source))
	same(t, "target endpoint", j.Target, j.Endpoint(refresh.Target))
	m, ok := j.Match("3")
	if !ok || m.Key != "3" {
		t.Errorf("row %q, %v", m.Key, ok)
	}
	m, ok = j.Match("none")
	if ok || !reflect.ValueOf(m).IsZero() {
		t.Errorf("row %q, %v for a key that the job does not have", m.Key, ok)
	}
}

// FuzzReadJob: no input makes ReadJob panic, and whatever it accepts is a valid job that comes back from a file.
func FuzzReadJob(f *testing.F) {
	f.Add(golden(f, "job-v1.json"))
	f.Add(written(f, goldenJob()))
	for _, s := range []string{
		``, `{}`, jobFile(), jobFile(goodRow), jobFile(goodRow, goodRow), rowWith(`"ext":{"a":1,"a":2}`), rowWith(`"ext": 1e400`), "\uFEFF" + jobFile(),
		rowWith(`"sourceMark":{"reason":"gone","firstSeen":"0000-01-01T00:00:00Z","lastSeen":"9999-12-31T23:59:59.999999999-23:59"}`),
		rowWith(`"part":"\ud83d\ude00\ud800"`), `{"format":"readdress-job","version":2}`, `{"matches":[{"key":"1",` + goodSource + `}],"version":1,"id":"J","format":"readdress-job"}`,
		rowWith(`"targetOrigin":"planned","target":{"id":"T","aliases":[],"primary":"ü@ü.example"},"targetUse":"x"`),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := refresh.ReadJob(bytes.NewReader(data))
		if err != nil {
			as[*refresh.InvalidError](t, err)
			same(t, "nothing is half-read", refresh.Job{}, j)
			return
		}
		if err := j.Validate(); err != nil {
			t.Fatalf("read an invalid job: %v", err)
		}
		back, err := refresh.ReadJob(bytes.NewReader(written(t, j)))
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		sameFile(t, j, back)
	})
}
