package match_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

func pairsOf(t testing.TB, j refresh.Job, opts *match.PairsOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := match.WritePairs(&b, j, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPairsComeBack: what is written and read again is the job, for every valid job and any choice of columns.
func TestPairsComeBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		j := hardJobs.Draw(r, "job")
		if err := j.Validate(); err != nil {
			r.Fatal("the generator makes invalid jobs:", err)
		}
		opts := &match.PairsOptions{Comma: rapid.SampledFrom([]rune{0, ';', '\t'}).Draw(r, "comma")}
		if rapid.Bool().Draw(r, "some columns") {
			for _, c := range match.PairsColumns() {
				if c == "key" || rapid.Bool().Draw(r, c) {
					opts.Columns = append(opts.Columns, c)
				}
			}
			opts.Columns = rapid.Permutation(opts.Columns).Draw(r, "order")
		}
		var b bytes.Buffer
		if err := match.WritePairs(&b, j, opts); err != nil {
			r.Fatal(err)
		}
		for _, text := range []string{b.String(), "\uFEFF" + b.String(), strings.ReplaceAll(b.String(), "\n", "\r\n")} {
			back, err := match.ReadPairs(strings.NewReader(text), j, opts)
			if err != nil {
				r.Fatalf("%v\n%s", err, text)
			}
			equal(r, text, j, back)
		}
		cells := csv.NewReader(&b)
		if opts.Comma != 0 {
			cells.Comma = opts.Comma
		}
		all, err := cells.ReadAll()
		if err != nil {
			r.Fatal(err)
		}
		for _, line := range all {
			for _, c := range line {
				if c != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(c)[0]) {
					r.Fatalf("a spreadsheet would compute %q", c)
				}
			}
		}
	})
}

// TestPairsMakeAJob: the rows of a file, added to an empty job, are those that were written, as far as the columns tell.
func TestPairsMakeAJob(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		j := hardJobs.Draw(r, "job")
		empty := refresh.Job{ID: "job", Name: j.Name}
		var b bytes.Buffer
		if err := match.WritePairs(&b, j, nil); err != nil {
			r.Fatal(err)
		}
		got, err := match.ReadPairs(strings.NewReader(b.String()), empty, &match.PairsOptions{Add: true})
		if err != nil {
			r.Fatalf("%v\n%s", err, b.String())
		}
		for i, m := range j.Matches {
			bare := func(mb refresh.Mailbox) refresh.Mailbox { return refresh.Mailbox{ID: mb.ID, Primary: mb.Primary} }
			want := refresh.Match{
				Key: m.Key, Part: m.Part, Merge: m.Merge, Source: bare(m.Source), SourceOrigin: m.SourceOrigin, SourceUse: m.SourceUse,
				Target: bare(m.Target), TargetOrigin: m.TargetOrigin, TargetUse: m.TargetUse,
			}
			equal(r, b.String(), want, got.Matches[i])
		}
	})
}

// known is a row with everything that belongs to its mailboxes.
func known() refresh.Match {
	at := time.Unix(1000, 0).UTC()
	return refresh.Match{
		Key: "1", SourceOrigin: refresh.Bound, TargetOrigin: refresh.Bound, SourceUse: "ann.use@old.example", TargetUse: "ann.use@new.example",
		Source:     refresh.Mailbox{ID: "s1", Primary: "ann@old.example", Aliases: []refresh.Address{"a@old.example"}},
		Target:     refresh.Mailbox{ID: "t1", Instance: "box1", Primary: "ann@new.example", DisplayName: "Ann"},
		SourceMark: &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: at, LastSeen: at}, TargetMark: &refresh.Mark{Reason: refresh.ReasonGone, FirstSeen: at, LastSeen: at},
		SourceStamp: 1, TargetStamp: 2, SourcePrevious: &refresh.Previous{}, TargetPrevious: &refresh.Previous{}, Ext: []byte(`1`),
	}
}

// TestReadPairs: what lines do to rows.
func TestReadPairs(t *testing.T) {
	target := func(edit func(m *refresh.Match)) refresh.Match { // with another target
		m := known()
		m.Target, m.TargetUse, m.TargetMark, m.TargetStamp, m.TargetPrevious = refresh.Mailbox{}, "", nil, 0, nil
		edit(&m)
		return m
	}
	planned := func() refresh.Match {
		return target(func(m *refresh.Match) {
			m.Target, m.TargetOrigin = refresh.Mailbox{Primary: "plan@new.example", DisplayName: "Plan"}, refresh.Planned
		})
	}
	for _, tt := range []struct {
		name, reason, file string
		row, want          refresh.Match
	}{
		{"nothing", "the row is not in the file", "key,target\n", known(), known()},
		{"the same", "nothing is to be written", "key,target,target_id\n1,ann@new.example,t1\n", known(), known()},
		{"key alone", "no column says anything", "key\n1\n", known(), known()},
		{"blank target", "it is unmatched, though the other cells stayed", "key,target,target_id,target_use,target_planned\n1,,t1,ann.use@new.example,no\n", known(),
			target(func(m *refresh.Match) { m.TargetOrigin = refresh.None })},
		{"blank target alone", "the columns that are not there go with it", "key,target\n1,\n", known(), target(func(m *refresh.Match) { m.TargetOrigin = refresh.None })},
		{"blank ID alone", "nothing is left of the target", "key,target_id\n1,\n", known(), target(func(m *refresh.Match) { m.TargetOrigin = refresh.None })},
		{"another address", "entered by hand", "key,target\n1,bob@new.example\n", known(),
			target(func(m *refresh.Match) { m.Target.Primary, m.TargetOrigin = "bob@new.example", refresh.Manual })},
		{"another address, ID blanked", "the same", "key,target,target_id\n1,bob@new.example,\n", known(),
			target(func(m *refresh.Match) { m.Target.Primary, m.TargetOrigin = "bob@new.example", refresh.Manual })},
		{"another address and ID", "bound to it", "key,target,target_id,target_use\n1,bob@new.example,t2,b@new.example\n", known(), target(func(m *refresh.Match) {
			m.Target, m.TargetOrigin, m.TargetUse = refresh.Mailbox{ID: "t2", Primary: "bob@new.example"}, refresh.Bound, "b@new.example"
		})},
		{"another ID", "a mailbox made anew under the address: the address in use goes with it", "key,target,target_id\n1,ann@new.example,t2\n", known(), target(func(m *refresh.Match) {
			m.Target, m.TargetOrigin, m.TargetUse = refresh.Mailbox{ID: "t2", Primary: "ann@new.example"}, refresh.Bound, "ann.use@new.example"
		})},
		{"another ID alone", "its address is for a refresh to read", "key,target_id\n1,t2\n", known(), target(func(m *refresh.Match) { m.Target.ID, m.TargetOrigin = "t2", refresh.Bound })},
		{"ID blanked", "the address stays, without identity", "key,target,target_id\n1,ann@new.example,\n", known(), target(func(m *refresh.Match) {
			m.Target.Primary, m.TargetOrigin, m.TargetUse = "ann@new.example", refresh.Manual, "ann.use@new.example"
		})},
		{"address in use", "the mailbox stays what it is", "key,target_use\n1,other@new.example\n", known(), func() refresh.Match { m := known(); m.TargetUse = "other@new.example"; return m }()},
		{"address in use blanked", "the primary one from now on", "key,target_use\n1,\n", known(), func() refresh.Match { m := known(); m.TargetUse = ""; return m }()},
		{"to be created", "planned", "key,target,target_planned\n1,new@new.example,yes\n", known(),
			target(func(m *refresh.Match) { m.Target.Primary, m.TargetOrigin = "new@new.example", refresh.Planned })},
		{"planned anew", "it is still planned", "key,target\n1,other@new.example\n", planned(),
			target(func(m *refresh.Match) { m.Target.Primary, m.TargetOrigin = "other@new.example", refresh.Planned })},
		{"no longer planned", "what is known of it stays", "key,target_planned\n1,no\n", planned(), func() refresh.Match { m := planned(); m.TargetOrigin = refresh.Manual; return m }()},
		{"account planned anew", "another address for the same account", "key,target,target_id,target_planned\n1,b@new.example,t1,yes\n",
			func() refresh.Match {
				m := known()
				m.TargetOrigin, m.TargetMark, m.TargetUse = refresh.Planned, nil, ""
				return m
			}(), target(func(m *refresh.Match) {
				m.Target, m.TargetOrigin = refresh.Mailbox{ID: "t1", Instance: "box1", Primary: "b@new.example", DisplayName: "Ann"}, refresh.Planned
			})},
		{"another source", "what belonged to the former one goes", "key,source\n1,carl@old.example\n", known(), func() refresh.Match {
			m := known()
			m.Source, m.SourceOrigin, m.SourceUse = refresh.Mailbox{Primary: "carl@old.example"}, refresh.Manual, ""
			m.SourceMark, m.SourceStamp, m.SourcePrevious = nil, 0, nil
			return m
		}()},
		{"part and merge", "the mailboxes stay what they are", "key,merge,part\n1,yes,archive\n", known(), func() refresh.Match { m := known(); m.Part, m.Merge = "archive", true; return m }()},
		{"no ID, no primary", "a target without an address is not unmatched by a blank one", "key,target\n1,\n",
			func() refresh.Match { m := known(); m.Target.Primary = ""; return m }(), func() refresh.Match { m := known(); m.Target.Primary = ""; return m }()},
		{"first target", "it had none", "key,target,target_id\n1,bob@new.example,t2\n", target(func(m *refresh.Match) { m.TargetOrigin = refresh.None }),
			target(func(m *refresh.Match) {
				m.Target, m.TargetOrigin = refresh.Mailbox{ID: "t2", Primary: "bob@new.example"}, refresh.Bound
			})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			other := known()
			other.Key = "2"
			j := refresh.Job{ID: "job", Matches: []refresh.Match{tt.row, other}}
			before := slices.Clone(j.Matches)
			got, err := match.ReadPairs(strings.NewReader(tt.file), j, nil)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, tt.reason, refresh.Job{ID: "job", Matches: []refresh.Match{tt.want, other}}, got)
			equal(t, "the job that was given stays", before, j.Matches)
		})
	}
}

// TestReadPairsRefuses: every problem has its line, and shows nothing of what the line says.
func TestReadPairsRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, reason, file, want string
		add                      bool
	}{
		{"empty file", "there is no header", "", "line 1: the file is empty; expected the names of the columns, of which key is one", false},
		{"no header", "an address is not shown", "1,ann@new.example\n", "line 1: column 1 is unknown; ", false},
		{"unknown column", "it may be a misspelled one", "key,targt\n1,x\n", "line 1: column 2 is unknown; ", false},
		{"capitals", "columns are spelled as they are", "Key\n1\n", "line 1: column 1 is unknown; ", false},
		{"twice", "which one counts is not known", "key,target,target\n1,a@b.example,c@d.example\n", "line 1, column target: is there twice", false},
		{"no key", "no row is named", "target\na@b.example\n", "line 1, column key: is missing", false},
		{"unknown key", "the row may have been removed", "key,target\n7,a@b.example\n", "line 2, column key: is none of the job's", false},
		{"key twice", "which one counts is not known", "key\n1\n2\n1\n", `line 4 (key "1"), column key: was on line 2 already`, false},
		{"blank key", "it names no row", "key,target\n,a@b.example\n", "line 2, column key: is empty", false},
		{"too few cells", "the line is torn", "key,target\n1\n", "line 2: is no CSV: wrong number of fields", false},
		{"open quote", "the rest of the file is in it", "key,target\n1,\"a\n\n", "line 3: is no CSV: extraneous or missing \" in quoted-field, in the row that begins on line 2", false},
		{"no address", "it cannot be a target", "key,target\n1,bob\n", `line 2 (key "1"): target.primary is not an address: the address has no @`, false},
		{"line of a later row", "a cell of several lines before it counts", "key,part,target\n1,\"a\nb\",ann@new.example\n2,,bob\n", `line 4 (key "2"): target.primary is not an address`, false},
		{"line of a cell", "the cell begins on another line than the row", "key,part,target,target_id\n1,\"a\nb\",bob@new.example,t1\n", `line 3 (key "1"), column target_id: is still that of the former mailbox`, false},
		{"merge", "a word that is neither", "key,merge\n1,maybe\n", `line 2 (key "1"), column merge: is neither yes nor no`, false},
		{"planned", "a word that is neither", "key,target_planned\n1,1\n", `line 2 (key "1"), column target_planned: is neither yes nor no`, false},
		{"stale ID", "the row would stay bound to the former mailbox", "key,target,target_id\n1,bob@new.example,t1\n", `column target_id: is still that of the former mailbox`, false},
		{"stale use", "mail would go to the former mailbox", "key,target,target_id,target_use\n1,bob@new.example,t2,ann.use@new.example\n", `column target_use: is still the former mailbox's`, false},
		{"use of nothing", "there is no target", "key,target,target_use\n1,,x@new.example\n", `column target_use: is given, and there is no target`, false},
		{"plan of nothing", "there is no address", "key,target,target_planned\n1,,yes\n", `column target_planned: is yes, and there is no address to plan`, false},
		{"blank source", "a row needs one", "key,source\n1,\n", `column source: is blank; every row needs a source`, false},
		{"quoted text", "it is none", "key,part\n1,\"\"\"x\"\n", `line 2, column part: begins with a quotation mark`, false},
		{"not UTF-8", "it would not come back", "key,part\n1,\xff\n", `line 2, column part: is not UTF-8`, false},
		{"new row without a source", "a row needs one", "key,target\n7,a@b.example\n", `line 2: sourceOrigin is none`, true},
		{"new row by an address", "keys are printed", "key,source\nbob@b.example,a@b.example\n", `line 2: key looks like an address`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			second := known()
			second.Key = "2"
			j := refresh.Job{ID: "job", Matches: []refresh.Match{known(), second}}
			got, err := match.ReadPairs(strings.NewReader(tt.file), j, &match.PairsOptions{Add: tt.add})
			asError[*match.PairsError](t, err)
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %q, want %q in it", tt.reason, err, tt.want)
			}
			if strings.Contains(err.Error(), ".example") || strings.Contains(err.Error(), "bob") {
				t.Errorf("the error shows an address: %v", err)
			}
			equal(t, "nothing is read", refresh.Job{}, got)
		})
	}
}

// TestReadPairsListsProblems: a person mends a file in one go.
func TestReadPairsListsProblems(t *testing.T) {
	j := refresh.Job{ID: "job", Matches: []refresh.Match{known()}}
	_, err := match.ReadPairs(strings.NewReader("key\n"+strings.Repeat("7\n", 30)), j, nil)
	e := asError[*match.PairsError](t, err)
	equal(t, "at most 20", []int{20, 10}, []int{len(e.Problems), e.More})
	if !strings.HasSuffix(err.Error(), "and 25 more problems") {
		t.Errorf("got %q", err)
	}
	_, err = match.ReadPairs(iotest.ErrReader(errDown), j, nil)
	equal(t, "the reader's own error", true, errors.Is(err, errDown))
}

// TestWritePairsRefuses: columns that a file cannot have.
func TestWritePairsRefuses(t *testing.T) {
	for name, columns := range map[string][]string{"unknown": {"key", "x"}, "twice": {"key", "part", "part"}, "no key": {"part"}, "none": {}} {
		if err := match.WritePairs(&bytes.Buffer{}, refresh.Job{ID: "job"}, &match.PairsOptions{Columns: columns}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := match.WritePairs(&bytes.Buffer{}, refresh.Job{}, nil); err == nil {
		t.Error("an invalid job: no error")
	}
	if err := match.WritePairs(iotestWriter{}, refresh.Job{ID: "job"}, nil); !errors.Is(err, errDown) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

type iotestWriter struct{}

func (iotestWriter) Write([]byte) (int, error) { return 0, errDown }

// FuzzReadPairs: any file is read whole or refused, and what was read is a valid job that comes back.
func FuzzReadPairs(f *testing.F) {
	j := refresh.Job{ID: "job", Matches: []refresh.Match{known()}}
	f.Add(pairsOf(f, j, nil))
	f.Add("key,target,target_id\n1,,\n")
	f.Add("key,source,part\n2,a@b.example,\"\"\"a\\r\\n\"\"\"\n")
	f.Fuzz(func(t *testing.T, file string) {
		got, err := match.ReadPairs(strings.NewReader(file), j, &match.PairsOptions{Add: true})
		if err != nil {
			return
		}
		if err := got.Validate(); err != nil {
			t.Fatal(err)
		}
		back, err := match.ReadPairs(strings.NewReader(pairsOf(t, got, nil)), got, nil)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "it comes back", got, back)
	})
}
