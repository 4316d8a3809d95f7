package match_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

func person(id refresh.ID, primary refresh.Address, edit func(e *refresh.Entry)) refresh.Entry {
	e := refresh.Entry{Mailbox: refresh.Mailbox{ID: id, Primary: primary}}
	if edit != nil {
		edit(&e)
	}
	return e
}

func planOf(t testing.TB, sources, targets []refresh.Entry, pins []match.Pin, opts *match.PlanOptions) *match.Plan {
	t.Helper()
	p, err := match.Pair(match.Entries(sources), match.Entries(targets), match.Default(), &match.Options{Pins: pins})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := match.NewPlan(p, opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestNewPlan: what is proposed for a source.
func TestNewPlan(t *testing.T) {
	ann := person("s", "ann@x.example", func(e *refresh.Entry) { e.DisplayName = "Ann Lee" })
	create := &match.PlanOptions{Create: &match.Template{Domain: "new.example"}}
	box := func(id, instance refresh.ID, kind refresh.Kind) refresh.Entry {
		return person(id, "ann@x.example", func(e *refresh.Entry) { e.Instance, e.Kind = instance, kind })
	}
	other := person("o", "other@x.example", func(e *refresh.Entry) { e.Instance = "obox" })
	for _, tt := range []struct {
		name, reason string
		source       refresh.Entry
		targets      []refresh.Entry
		pins         []match.Pin
		opts         *match.PlanOptions
		action       match.Action
		address      refresh.Address
		origin       refresh.Origin // of the row
	}{
		{"a mailbox", "it exists", ann, []refresh.Entry{box("t", "box", refresh.KindUser), other}, nil, create, match.Migrate, "", refresh.Bound},
		{"mail user", "the account has no mailbox yet", ann, []refresh.Entry{box("t", "", refresh.KindMailUser)}, nil, create, match.EnableMailbox, "", refresh.Planned},
		{"mail user, prepared", "the GUID that it carries is the source's", ann, []refresh.Entry{box("t", "box", refresh.KindMailUser), other}, nil, create, match.EnableMailbox, "", refresh.Planned},
		{"account", "the others have mailboxes, so that it is known to have none", ann, []refresh.Entry{box("t", "", refresh.KindUser), other}, nil, create, match.EnableMailbox, "", refresh.Planned},
		{"mailboxes not told", "the lack of what nobody has says nothing", ann, []refresh.Entry{box("t", "", refresh.KindUser)}, nil, create, match.Migrate, "", refresh.Bound},
		{"remote", "the mailbox is elsewhere: a person decides", ann, []refresh.Entry{box("t", "", refresh.KindRemote)}, nil, create, match.Undecided, "", refresh.None},
		{"nobody", "created from the template", ann, []refresh.Entry{other}, nil, create, match.CreateMailbox, "ann@new.example", refresh.Planned},
		{"nobody, no template", "a person decides", ann, []refresh.Entry{other}, nil, nil, match.Undecided, "", refresh.None},
		{"address taken", "a target has it", ann, []refresh.Entry{person("o", "ann@new.example", nil)}, nil, create, match.CreateMailbox, "ann2@new.example", refresh.Planned},
		{"same name", "it may be her: no second mailbox", ann, []refresh.Entry{person("o", "o@x.example", func(e *refresh.Entry) { e.DisplayName = "Ann Lee" })}, nil, create, match.Undecided, "", refresh.None},
		{"same name, as asked for", "the operator knows", ann, []refresh.Entry{person("o", "o@x.example", func(e *refresh.Entry) { e.DisplayName = "Ann Lee" })}, nil,
			&match.PlanOptions{Create: create.Create, CreateAlike: true}, match.CreateMailbox, "ann@new.example", refresh.Planned},
		{"ambiguous", "a person decides", ann, []refresh.Entry{box("t", "", 0), box("u", "", 0)}, nil, create, match.Undecided, "", refresh.None},
		{"left alone", "the operator said so", ann, []refresh.Entry{box("t", "", 0)}, []match.Pin{{Source: "s"}}, create, match.Leave, "", 0},
		{"contact", "it has nothing to migrate", person("s", "c@x.example", func(e *refresh.Entry) { e.Kind = refresh.KindContact }), nil, nil, create, match.Undecided, "", refresh.None},
		{"no name", "the template makes nothing", ann, nil, nil, &match.PlanOptions{Create: &match.Template{Domain: "new.example", Pattern: "{surname}"}}, match.Undecided, "", refresh.None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := planOf(t, []refresh.Entry{tt.source}, tt.targets, tt.pins, tt.opts)
			c := plan.Choices[0]
			equal(t, tt.reason, tt.action, c.Action)
			equal(t, "address", tt.address, c.Address)
			equal(t, "counts", map[match.Action]int{tt.action: 1}, plan.Counts())
			if tt.action == match.Undecided && c.Reason == "" && tt.opts != nil {
				t.Error("nothing says why it is undecided")
			}
			if tt.action == match.Undecided {
				plan.Choices[0].Target = nil
			}
			rows, err := plan.Rows(nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.action == match.Leave {
				equal(t, "no row", 0, len(rows))
				return
			}
			equal(t, "origin", tt.origin, rows[0].TargetOrigin)
			equal(t, "the row says the same", tt.action, match.ActionOf(&rows[0]))
			if tt.action == match.EnableMailbox {
				equal(t, "with the account's ID", "t", string(rows[0].Target.ID))
			}
		})
	}
}

// TestPlanCreatesNoneTwice: two sources of one name get two addresses.
func TestPlanCreatesNoneTwice(t *testing.T) {
	create := &match.PlanOptions{Create: &match.Template{Domain: "new.example"}}
	plan := planOf(t, []refresh.Entry{person("s1", "ann@x.example", nil), person("s2", "Ann@y.example", nil)}, nil, nil, create)
	equal(t, "a number for the second", []refresh.Address{"ann@new.example", "Ann2@new.example"}, []refresh.Address{plan.Choices[0].Address, plan.Choices[1].Address})
	if _, err := plan.Rows(nil); err != nil {
		t.Error(err)
	}
}

// TestPlanRows: choices as a person leaves them.
func TestPlanRows(t *testing.T) {
	s1, s2 := person("s1", "a@x.example", nil), person("s2", "b@x.example", nil)
	t1, byAddress := person("t1", "a@y.example", nil), person("", "a@y.example", nil)
	for _, tt := range []struct {
		name, reason string
		choices      []match.Choice
		key          func(int, *match.Choice) string
		err          string // "" for none
	}{
		{"nothing", "an empty plan", nil, nil, ""},
		{"by address", "a target without ID was entered", []match.Choice{{Source: &s1, Action: match.Migrate, Target: &byAddress}}, nil, ""},
		{"no source", "", []match.Choice{{Action: match.Migrate, Target: &t1}}, nil, "choice 1: there is no source"},
		{"no target", "", []match.Choice{{Source: &s1, Action: match.Migrate}}, nil, "choice 1: migrate needs a target"},
		{"target too many", "", []match.Choice{{Source: &s1, Action: match.CreateMailbox, Target: &t1, Address: "n@y.example"}}, nil, "has no use for a target"},
		{"no account", "", []match.Choice{{Source: &s1, Action: match.EnableMailbox, Target: &byAddress}}, nil, "needs the account's ID"},
		{"no address", "", []match.Choice{{Source: &s1, Action: match.CreateMailbox}}, nil, "needs an address"},
		{"bad address", "", []match.Choice{{Source: &s1, Action: match.CreateMailbox, Address: "n"}}, nil, "target.primary"},
		{"unknown", "", []match.Choice{{Source: &s1, Action: 99}}, nil, "unknown action"},
		{"one target twice", "", []match.Choice{{Source: &s1, Action: match.Migrate, Target: &t1}, {Source: &s2, Action: match.Migrate, Target: &t1}}, nil, "choice 2 has the target of choice 1"},
		{"one address twice", "", []match.Choice{{Source: &s1, Action: match.CreateMailbox, Address: "n@y.example"}, {Source: &s2, Action: match.CreateMailbox, Address: "N@y.example"}}, nil, "choice 2 has the target of choice 1"},
		{"merged", "on purpose", []match.Choice{{Source: &s1, Action: match.Migrate, Target: &t1, Merge: true}, {Source: &s2, Action: match.Migrate, Target: &t1, Merge: true}}, nil, ""},
		{"parts", "on purpose", []match.Choice{{Source: &s1, Action: match.Migrate, Target: &t1}, {Source: &s1, Action: match.Migrate, Target: &t1, Part: "archive"}}, nil, ""},
		{"one key", "", []match.Choice{{Source: &s1}, {Source: &s2}}, func(int, *match.Choice) string { return "k" }, "choice 2 has the key of choice 1"},
		{"key is an address", "", []match.Choice{{Source: &s1}}, func(_ int, c *match.Choice) string { return string(c.Source.Primary) }, "choice 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := &match.Plan{Choices: tt.choices}
			rows, err := plan.Rows(tt.key)
			if tt.err == "" {
				if err != nil || len(rows) != len(tt.choices) {
					t.Errorf("%s: got %d rows, %v", tt.reason, len(rows), err)
				}
				if err := (refresh.Job{ID: "j", Matches: rows}).Validate(); err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), ".example") {
				t.Errorf("got error %v, want %q in it and no address", err, tt.err)
			}
		})
	}
}

// TestSummary: the rows of a job by what becomes of them.
func TestSummary(t *testing.T) {
	account := refresh.Match{Key: "4", Target: refresh.Mailbox{ID: "a"}, TargetOrigin: refresh.Planned}
	j := jobOf(typed("1", "a@x.example"), bound("2", refresh.Mailbox{ID: "x"}), planned("3", "p@x.example"), account, refresh.Match{Key: "5"})
	equal(t, "by action", map[match.Action]int{match.Migrate: 2, match.CreateMailbox: 1, match.EnableMailbox: 1, match.Undecided: 1}, match.Summary(j))
}

// TestRowWords: each enum of rows is a word in JSON, every word comes back, and another one is an error.
func TestRowWords(t *testing.T) {
	wordsOf[match.Action](t, "undecided", "migrate", "enable-mailbox", "create-mailbox", "leave")
	wordsOf[match.OfferState](t, "not-answered", "offered", "nobody", "several", "unfit", "held-already", "offered-twice", "not-searchable")
	wordsOf[match.PlanState](t, "unknown", "accepted", "refused", "exists")
	wordsOf[match.Need](t, "nothing", "unmatched", "missing", "entered-manually", "exists-now")
	wordsOf[match.EvidenceCode](t, "none", "mailbox", "anchor", "address", "account", "back", "account-only")
	equal(t, "every action is listed", 5, len(match.Actions()))
}

func wordsOf[E interface {
	~uint8
	String() string
	MarshalText() ([]byte, error)
}](t *testing.T, words ...string) {
	t.Helper()
	for i, w := range words {
		text, err := json.Marshal(E(i))
		if err != nil || string(text) != `"`+w+`"` || E(i).String() != w {
			t.Errorf("%T(%d) is %s, %q, %v: want %q", E(i), i, text, E(i).String(), err, w)
		}
		var back E
		if err := json.Unmarshal(text, &back); err != nil || back != E(i) {
			t.Errorf("%s comes back as %v, %v", text, back, err)
		}
	}
	var e E
	if err := json.Unmarshal([]byte(`"ann@x.example"`), &e); err == nil || strings.Contains(err.Error(), "@") {
		t.Errorf("an unknown word: got error %v", err)
	}
	if _, err := E(len(words)).MarshalText(); err == nil {
		t.Errorf("%T has a word for %d", e, len(words))
	}
	if errors.Is(json.Unmarshal([]byte(`""`), &e), nil) {
		t.Error("an empty word is read")
	}
}
