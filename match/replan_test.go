package match_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// planned is a row whose target is to be created.
func planned(key string, a refresh.Address) refresh.Match {
	return refresh.Match{Key: key, Target: refresh.Mailbox{Primary: a}, TargetOrigin: refresh.Planned}
}

func replan(t testing.TB, j refresh.Job, tmpl match.Template, c refresh.Connector, opts *match.ReplanOptions) *match.Replanning {
	t.Helper()
	r, err := match.Replan(t.Context(), j, tmpl, c, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func plans(r *match.Replanning) map[string]string {
	out := map[string]string{}
	for _, row := range r.Rows {
		out[row.Key] = string(row.New.Address)
	}
	return out
}

func TestTemplate(t *testing.T) {
	e := refresh.Entry{Given: "Jürgen", Surname: "O'Brien-Müller", Mailbox: refresh.Mailbox{Primary: "J.OBrien@old.example", Login: "jom@old.example"}}
	for _, tt := range []struct {
		name, reason, pattern string
		edit                  func(e *refresh.Entry)
		want                  string // "" for ErrNoAddress
	}{
		{"local", "as it is spelled", "", nil, "J.OBrien@new.example"},
		{"names", "as Exchange writes them", "{given}.{surname}", nil, "juergen.obrien-mueller@new.example"},
		{"first letters", "and text that stands for itself", "x-{g}{s}", nil, "x-jo@new.example"},
		{"login", "as far as its @", "{login}", nil, "jom@new.example"},
		{"accents", "marks are dropped", "{given}", func(e *refresh.Entry) { e.Given = "Łukasz André" }, "lukaszandre@new.example"},
		{"another script", "letters that ASCII has not are no empty name", "{given}", func(e *refresh.Entry) { e.Given = "Дмитрий" }, ""},
		{"no name", "there is nothing to make it of", "{given}.{surname}", func(e *refresh.Entry) { e.Given = "" }, ""},
		{"no address", "the same", "{local}", func(e *refresh.Entry) { e.Primary = "" }, ""},
		{"placeholder", "Exchange Online made it up", "{local}", func(e *refresh.Entry) { e.Primary = "ann+1234@tenant.onmicrosoft.com" }, ""},
		{"too long", "no mail system takes it", "{given}", func(e *refresh.Entry) { e.Given = strings.Repeat("x", 65) }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := e
			if tt.edit != nil {
				tt.edit(&x)
			}
			got, err := match.Template{Domain: "new.example", Pattern: tt.pattern}.Address(&x, nil)
			equal(t, tt.reason, tt.want, string(got))
			if errors.Is(err, match.ErrNoAddress) != (tt.want == "") {
				t.Errorf("got error %v", err)
			}
		})
	}
	for _, bad := range []match.Template{{}, {Domain: "a@b"}, {Domain: "new .example"}, {Domain: "n.example", Pattern: "{given"}, {Domain: "n.example", Pattern: "given}"},
		{Domain: "n.example", Pattern: "{name}"}, {Domain: "n.example", Pattern: "{local}@x"}} {
		if err := bad.Check(); err == nil || errors.Is(err, match.ErrNoAddress) {
			t.Errorf("%+v: got %v, want an error", bad, err)
		}
	}
}

// TestTemplateNumbers: what is taken gets a number, and a long name makes room for it.
func TestTemplateNumbers(t *testing.T) {
	taken := map[string]bool{}
	e := refresh.Entry{Mailbox: refresh.Mailbox{Primary: refresh.Address(strings.Repeat("ü", 32) + "@old.example")}}
	for range 12 {
		a, err := match.Template{Domain: "new.example"}.Address(&e, func(fold string) bool { return taken[fold] })
		if err != nil {
			t.Fatal(err)
		}
		taken[a.Fold()] = true
		if a.Check() != nil {
			t.Errorf("no address: %v", a.Check())
		}
	}
	equal(t, "all different", 12, len(taken))
	_, err := match.Template{Domain: "new.example"}.Address(&e, func(string) bool { return true })
	equal(t, "an end to numbers", true, errors.Is(err, match.ErrNoAddress))
}

// TestReplan: new addresses when the target domain changed.
func TestReplan(t *testing.T) {
	part := func(m refresh.Match, part string) refresh.Match { m.Part = part; return m }
	merged := func(m refresh.Match) refresh.Match { m.Merge = true; return m }
	for _, tt := range []struct {
		name, reason string
		rows         []refresh.Match
		pattern      string
		opts         match.ReplanOptions
		want         map[string]string
	}{
		{"the domain", "the local part stays", []refresh.Match{planned("1", "Ann@old.example"), planned("2", "bob@old.example")}, "", match.ReplanOptions{},
			map[string]string{"1": "Ann@new.example", "2": "bob@new.example"}},
		{"other rows", "planned ones without an account alone", []refresh.Match{typed("1", "a@old.example"), bound("2", refresh.Mailbox{ID: "x"}),
			{Key: "3", Target: refresh.Mailbox{ID: "acc", Primary: "acc@old.example"}, TargetOrigin: refresh.Planned}, {Key: "4"}}, "", match.ReplanOptions{}, map[string]string{}},
		{"two domains fall together", "never two rows with one address", []refresh.Match{planned("1", "ann@old.example"), planned("2", "ANN@older.example"), planned("3", "ann@oldest.example")}, "",
			match.ReplanOptions{}, map[string]string{"1": "ann@new.example", "2": "ANN2@new.example", "3": "ann3@new.example"}},
		{"shared without a purpose", "they were a conflict, and are none now", []refresh.Match{planned("1", "ann@old.example"), planned("2", "ann@old.example")}, "",
			match.ReplanOptions{}, map[string]string{"1": "ann@new.example", "2": "ann2@new.example"}},
		{"merged", "they go on sharing", []refresh.Match{merged(planned("1", "ann@old.example")), merged(planned("2", "ann@old.example"))}, "",
			match.ReplanOptions{}, map[string]string{"1": "ann@new.example", "2": "ann@new.example"}},
		{"parts", "they go on sharing", []refresh.Match{planned("1", "ann@old.example"), part(planned("2", "Ann@old.example"), "archive")}, "",
			match.ReplanOptions{}, map[string]string{"1": "ann@new.example", "2": "ann@new.example"}},
		{"another row has it", "by its primary address, an alias, its login or typed in", []refresh.Match{planned("1", "ann@old.example"), planned("2", "bob@old.example"), planned("3", "carl@old.example"),
			planned("4", "dora@old.example"), bound("5", refresh.Mailbox{ID: "5", Primary: "Ann@new.example", Aliases: []refresh.Address{"bob@new.example"}, Login: "carl@new.example"}), typed("6", "dora@new.example")}, "",
			match.ReplanOptions{}, map[string]string{"1": "ann2@new.example", "2": "bob2@new.example", "3": "carl2@new.example", "4": "dora2@new.example"}},
		{"already there", "it stays, and nobody else gets it", []refresh.Match{planned("1", "ann@old.example"), planned("2", "Ann@new.example")}, "",
			match.ReplanOptions{}, map[string]string{"1": "ann2@new.example", "2": "Ann@new.example"}},
		{"selected", "those in one domain", []refresh.Match{planned("1", "ann@old.example"), planned("2", "ann@other.example")}, "",
			match.ReplanOptions{Select: refresh.SelectAddress("*@old.example")}, map[string]string{"1": "ann@new.example"}},
		{"one that is not selected has it", "it keeps it", []refresh.Match{planned("1", "ann@old.example"), planned("2", "ann@new.example")}, "",
			match.ReplanOptions{Select: refresh.SelectKeys("1")}, map[string]string{"1": "ann2@new.example"}},
		{"names", "the job stores none: the host tells them", []refresh.Match{planned("1", "ann@old.example"), planned("2", "bob@old.example")}, "{given}.{surname}",
			match.ReplanOptions{Entry: func(m refresh.Match) (refresh.Entry, bool) {
				return refresh.Entry{Given: "Ann", Surname: "Lee"}, m.Key == "1"
			}},
			map[string]string{"1": "ann.lee@new.example", "2": ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := jobOf(tt.rows...)
			tmpl := match.Template{Domain: "new.example", Pattern: tt.pattern}
			r := replan(t, j, tmpl, nil, &tt.opts)
			equal(t, tt.reason, tt.want, plans(r))
			after, err := r.Apply(j, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, m := range after.Matches {
				want := tt.want[m.Key]
				if want == "" {
					equal(t, "untouched", j.Matches[i], m)
					continue
				}
				equal(t, "written", want, string(m.Target.Primary))
			}
			if tt.opts.Select == nil {
				again := replan(t, after, tmpl, nil, &tt.opts)
				equal(t, "a second time changes nothing", plans(r), plans(again))
			}
		})
	}
}

// TestReplanNeverTwice: whatever the rows and whichever are accepted, no two of them get one planned address without a purpose.
func TestReplanNeverTwice(t *testing.T) {
	const seed = 20260731
	rng := rand.New(rand.NewPCG(seed, 1))
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	for n := range 3000 {
		var rows []refresh.Match
		address := func() refresh.Address {
			return refresh.Address(pick("ann", "Ann", "ann2", "bob", "x") + "@" + pick("old.example", "older.example", "new.example"))
		}
		for i := range 1 + rng.IntN(7) {
			m := planned(fmt.Sprint(i), address())
			if rng.IntN(4) == 0 {
				m = typed(m.Key, address())
			}
			if rng.IntN(4) == 0 {
				m.Target.Aliases = []refresh.Address{address()}
			}
			m.Merge, m.Part = rng.IntN(5) == 0, pick("", "", "archive")
			rows = append(rows, m)
		}
		j := jobOf(rows...)
		opts := &match.ReplanOptions{}
		if rng.IntN(3) == 0 {
			opts.Select = func(refresh.Match) bool { return rng.IntN(3) > 0 }
		}
		r := replan(t, j, match.Template{Domain: "new.example", Pattern: pick("", "{local}", "p")}, nil, opts)
		made := map[string]refresh.Match{}
		for _, row := range r.Rows {
			m := rowOf(t, j, row.Key)
			fold := row.New.Address.Fold()
			for _, other := range j.Matches {
				if other.Key != m.Key && !other.Target.Primary.Same(m.Target.Primary) && other.Target.Holds(row.New.Address) {
					t.Fatalf("seed %d, case %d: row %s gets the address of row %s\n%+v", seed, n, m.Key, other.Key, rows)
				}
			}
			if had, twice := made[fold]; twice && (!had.Target.Primary.Same(m.Target.Primary) || had.Part == m.Part && !had.Merge && !m.Merge) {
				t.Fatalf("seed %d, case %d: rows %s and %s get one address\n%+v", seed, n, had.Key, m.Key, rows)
			}
			if !m.Merge || made[fold].Key == "" {
				made[fold] = m
			}
		}
		after, err := r.Apply(j, func(match.Replanned) bool { return rng.IntN(3) > 0 })
		if err != nil {
			t.Fatalf("seed %d, case %d: %v", seed, n, err)
		}
		if err := after.Validate(); err != nil {
			t.Fatalf("seed %d, case %d: %v", seed, n, err)
		}
	}
}

// TestReplanLooks: whether a planned address is accepted, no longer accepted, or exists now.
func TestReplanLooks(t *testing.T) {
	domains := []refresh.Domain{{Name: "new.example"}}
	for _, tt := range []struct {
		name, reason string
		domains      []refresh.Domain
		opts         memconn.ConnOptions
		old, now     match.PlanState
	}{
		{"switched", "the old domain is gone, the new one is there", domains, memconn.ConnOptions{}, match.PlanRefused, match.PlanAccepted},
		{"not yet", "the old one is still there", []refresh.Domain{{Name: "old.example"}}, memconn.ConnOptions{}, match.PlanAccepted, match.PlanRefused},
		{"domains not told", "nothing is concluded", nil, memconn.ConnOptions{}, match.PlanUnknown, match.PlanUnknown},
		{"may not inspect", "the same", domains, memconn.ConnOptions{Faults: memconn.Faults{ForbidInspect: true}}, match.PlanUnknown, match.PlanUnknown},
		{"cannot find", "whether somebody has it is not known", domains, memconn.ConnOptions{Without: refresh.CanFind}, match.PlanRefused, match.PlanUnknown},
		{"find fails", "the same", domains, memconn.ConnOptions{Faults: memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanFind, Err: errDown}}}}, match.PlanRefused, match.PlanUnknown},
		{"down", "nothing is known", domains, memconn.ConnOptions{Faults: memconn.Faults{Outage: errDown}}, match.PlanUnknown, match.PlanUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sys := memconn.New("fabrikam", &memconn.Options{Domains: tt.domains})
			taken := sys.Put(refresh.Mailbox{Primary: "taken@new.example"})
			j := jobOf(planned("1", "ann@old.example"), planned("2", "taken@old.example"))
			c := sys.Connect(&tt.opts)
			r := replan(t, j, match.Template{Domain: "new.example"}, c, nil)
			equal(t, tt.reason, []match.PlanState{tt.old, tt.now}, []match.PlanState{r.Rows[0].Old.State, r.Rows[0].New.State})
			if c.Calls().Find > 1 {
				t.Errorf("%d calls of Find, want one at most", c.Calls().Find)
			}
			if r.Rows[1].New.State == match.PlanExists {
				equal(t, "who has it", []refresh.Mailbox{taken}, r.Rows[1].New.Holders)
				after, err := r.Apply(j, nil)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "nobody gets it unasked", j.Matches[1], after.Matches[1])
			} else if tt.name == "switched" {
				t.Error("somebody holds it")
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			back := &match.Replanning{}
			if err := json.Unmarshal(text, back); err != nil {
				t.Fatal(err)
			}
			equal(t, "its JSON says all of it", r, back)
		})
	}
	j := jobOf(planned("1", "ann@old.example"))
	j.Target.Pin = "another"
	_, err := match.Replan(t.Context(), j, match.Template{Domain: "new.example"}, memconn.New("fabrikam", nil).Connect(nil), nil)
	asError[*refresh.WrongDirectoryError](t, err)
	if _, err := match.Replan(t.Context(), j, match.Template{}, nil, nil); err == nil {
		t.Error("a template without a domain: no error")
	}
}

// TestReplanApply: all or nothing, and the address in use moves along where it was the planned one.
func TestReplanApply(t *testing.T) {
	one, two := planned("1", "ann@old.example"), planned("2", "bob@old.example")
	one.TargetUse, two.TargetUse = "ANN@old.example", "bob@elsewhere.example"
	j := jobOf(one, two)
	r := replan(t, j, match.Template{Domain: "new.example"}, nil, nil)
	after, err := r.Apply(j, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "in use", []refresh.Address{"ann@new.example", "bob@elsewhere.example"}, []refresh.Address{after.Matches[0].TargetUse, after.Matches[1].TargetUse})
	for name, change := range map[string]func(j *refresh.Job){
		"planned anew by hand": func(j *refresh.Job) { j.Matches[0].Target.Primary = "x@old.example" },
		"bound":                func(j *refresh.Job) { j.Matches[0].Target.ID, j.Matches[0].TargetOrigin = "x", refresh.Bound },
		"somebody has it":      func(j *refresh.Job) { j.Matches = append(j.Matches, jobOf(typed("9", "ann@new.example")).Matches...) },
		"gone":                 func(j *refresh.Job) { j.Matches = j.Matches[1:] },
	} {
		now := j
		now.Matches = slices.Clone(j.Matches)
		change(&now)
		got, err := r.Apply(now, nil)
		if e, ok := errors.AsType[*match.StaleError](err); !ok || len(e.Rows) != 1 || e.Rows[0].Key != "1" {
			t.Errorf("%s: got %v, want row 1 to be stale", name, err)
		}
		equal(t, name, refresh.Job{}, got)
	}
	j.ID = "another"
	_, err = r.Apply(j, nil)
	asError[*refresh.WrongJobError](t, err)
}
