package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/refresh"
)

// world is a directory with one mailbox on each side, and the job of the two.
type world struct {
	source, target *memconn.System
	job            refresh.Job
}

func newWorld() world {
	w := world{source: memconn.New("contoso", nil), target: memconn.New("fabrikam", nil)}
	a, x := w.source.Put(box("", "anna@old.example")), w.target.Put(box("", "anna@new.example"))
	w.job = jobOf(pair("1", a, x))
	w.job.Source.Pin, w.job.Target.Pin = w.source.Pin(), w.target.Pin()
	return w
}

func (w world) system(s refresh.Side) *memconn.System {
	if s == refresh.Source {
		return w.source
	}
	return w.target
}

func (w world) connect(opts *memconn.ConnOptions) (refresh.Sides, *memconn.Connector, *memconn.Connector) {
	s, d := w.source.Connect(opts), w.target.Connect(opts)
	return refresh.Sides{Source: s, Target: d}, s, d
}

// bothWays runs Refresh and Check, which must refuse alike.
func bothWays(t *testing.T, j refresh.Job, sides refresh.Sides, check func(t *testing.T, err error)) {
	t.Helper()
	t.Run("Refresh", func(t *testing.T) {
		r, err := refresh.Refresh(t.Context(), j, sides, nil)
		check(t, err)
		if r != nil {
			t.Error("a refusal comes with a result")
		}
	})
	t.Run("Check", func(t *testing.T) {
		ws, err := refresh.Check(t.Context(), j, sides, nil)
		check(t, err)
		if ws != nil {
			t.Errorf("a refusal comes with the warnings %v", ws)
		}
	})
}

func looked(c *memconn.Connector) int {
	n := c.Calls()
	return n.Resolve + n.Confirm + n.Find + n.List
}

func TestRefusedWithoutASide(t *testing.T) {
	bothWays(t, newWorld().job, refresh.Sides{}, func(t *testing.T, err error) { is(t, err, refresh.ErrNoSide) })
}

func TestRefusedInvalidJob(t *testing.T) {
	w := newWorld()
	w.job.Matches[0].Source.ID = ""
	sides, s, d := w.connect(nil)
	bothWays(t, w.job, sides, func(t *testing.T, err error) {
		e := as[*refresh.InvalidError](t, err)
		same(t, "it names the row and the field", []any{1, "1", "source.id"}, []any{e.Row, e.Key, e.Field})
	})
	same(t, "before any traffic", memconn.Calls{}, s.Calls())
	same(t, "before any traffic", memconn.Calls{}, d.Calls())
}

func TestRefusedSideThatCannotResolve(t *testing.T) {
	tests := []struct {
		name, why      string
		reason, remedy string // what the connector's Explain says
		wantReason     string
		wantRemedy     map[refresh.Side]string
	}{
		{
			name: "the connector explains", why: "it knows best", reason: "IMAP has no immutable identity", remedy: "make a new job",
			wantReason: "IMAP has no immutable identity", wantRemedy: map[refresh.Side]string{refresh.Source: "make a new job", refresh.Target: "make a new job"},
		},
		{
			name: "the connector does not explain", why: "the remedy depends on the side",
			wantReason: "it does not know mailboxes by an immutable identity", wantRemedy: map[refresh.Side]string{
				refresh.Source: "create a new job for the new addresses, or use a connector that proves renames",
				refresh.Target: "reconfigure the connection and match the target mailboxes again",
			},
		},
		{
			name: "the connector explains by half", why: "half an explanation is none", reason: "because",
			wantReason: "it does not know mailboxes by an immutable identity", wantRemedy: map[refresh.Side]string{
				refresh.Source: "create a new job for the new addresses, or use a connector that proves renames",
				refresh.Target: "reconfigure the connection and match the target mailboxes again",
			},
		},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				w := newWorld()
				sides, good, other := w.connect(nil)
				bad := w.system(side).Connect(&memconn.ConnOptions{Without: refresh.CanResolve, Reason: tt.reason, Remedy: tt.remedy})
				if side == refresh.Source {
					sides.Source, good = bad, other
				} else {
					sides.Target = bad
				}
				bothWays(t, w.job, sides, func(t *testing.T, err error) {
					is(t, err, errors.ErrUnsupported)
					same(t, tt.why, &refresh.UnsupportedError{
						Side: side, System: bad.Info().System, Need: refresh.CanResolve, Reason: tt.wantReason, Remedy: tt.wantRemedy[side],
					}, as[*refresh.UnsupportedError](t, err))
				})
				same(t, "before any traffic there", memconn.Calls{}, bad.Calls())
				same(t, "before any traffic on the other side", memconn.Calls{}, good.Calls())
			})
		}
	}
	t.Run("a plain connector", func(t *testing.T) {
		_, err := refresh.Refresh(t.Context(), newWorld().job, refresh.Sides{Source: &script{system: "IMAP"}}, nil)
		same(t, "the default text", "refresh: the source side (IMAP) cannot resolve: it does not know mailboxes by an immutable identity; "+
			"create a new job for the new addresses, or use a connector that proves renames", err.Error())
	})
}

// The Microsoft 365 target of an IMAP job can be refreshed alone.
func TestTheOtherSideAlone(t *testing.T) {
	w := newWorld()
	w.target.Rename(w.job.Matches[0].Target.ID, "anna@newer.example", memconn.DropOld)
	r := run(t, w.job, refresh.Sides{Target: w.target.Connect(nil)}, nil)
	same(t, "one side, one outcome", map[string]refresh.Outcome{"target 1": refresh.Refreshed}, outcomes(r))
	same(t, "the other side has no record", true, r.Run.Source == nil)
	after := apply(t, w.job, r)
	same(t, "nothing of the other side is touched", []any{w.job.Source, w.job.Matches[0].Source}, []any{after.Source, after.Matches[0].Source})
}

func TestAccount(t *testing.T) {
	moving := []refresh.Domain{{Name: "new.example"}, {Name: "contoso.onmicrosoft.com", Initial: true}}
	unmarked := []refresh.Domain{{Name: "new.example"}}
	tests := []struct {
		name, reason, account string
		domains               []refresh.Domain
		want                  bool
	}{
		{"app-only", "there is no account", "", moving, false},
		{"app-only by its ID", "an application is in no domain", "0c1d148b-0143-4234-8265-f2f8d891d4c0", moving, false},
		{"DN", "a distinguished name is no address", "CN=admin,DC=old,DC=example", moving, false},
		{"DN with an address in it", "a distinguished name is no address", "mail=admin@old.example,dc=old,dc=example", moving, false},
		{"DN of one part", "a distinguished name is no address", "uid=admin@old.example", moving, false},
		{"DOMAIN\\user", "it is no address", `OLD\admin`, moving, false},
		{"DOMAIN\\user with an @", "it is no address", `OLD\admin@old.example`, moving, false},
		{"plain name", "it is no address", "admin", moving, false},
		{"no address at all", "it is no address", "admin@", moving, false},
		{"in the moving domain", "the sign-in works today, and stops when the old name is cleaned up", "admin@old.example", moving, true},
		{"in the moving domain, other spelling", "domains are folded", "Admin@OLD.example", moving, true},
		{"in an accepted domain", "all is well", "admin@New.example", moving, false},
		{"domains not known", "nothing can be said", "admin@old.example", nil, false},
		{"in the initial domain by flag", "it never goes away", "admin@contoso.onmicrosoft.com", moving, false},
		{"global suffix", "where the directory marks no domain, the suffix decides", "admin@contoso.onmicrosoft.com", unmarked, false},
		{"German suffix", "where the directory marks no domain, the suffix decides", "admin@contoso.onmicrosoft.de", unmarked, false},
		{"US government suffix", "where the directory marks no domain, the suffix decides", "admin@contoso.onmicrosoft.us", unmarked, false},
		{"Chinese suffix", "where the directory marks no domain, the suffix decides", "admin@contoso.partner.onmschina.cn", unmarked, false},
		{"suffix in capitals", "domains are folded", "admin@Contoso.OnMicrosoft.COM", unmarked, false},
		{"suffix, but another domain is marked", "the directory's own word comes first", "admin@fabrikam.onmicrosoft.com", moving, true},
		{"no suffix", "a name that only looks alike", "admin@contosoonmicrosoft.com", unmarked, true},
		{"the suffix itself", "it is nobody's initial domain", "admin@onmicrosoft.com", unmarked, true},
		{"other Chinese domain", "the suffix is longer", "admin@contoso.onmschina.cn", unmarked, true},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				w := newWorld()
				endpointOf(&w.job, side).Account = tt.account
				w.system(side).SetDomains(tt.domains...)
				sides, _, _ := w.connect(nil)
				r := run(t, w.job, sides, nil)
				ws, err := refresh.Check(t.Context(), w.job, sides, nil)
				if err != nil {
					t.Fatal(err)
				}
				want := []refresh.WarningCode(nil)
				if tt.want {
					want = []refresh.WarningCode{refresh.WarnReconfigure}
					same(t, "the side", side, r.Warnings[0].Side)
				}
				same(t, tt.reason, want, codes(r.Warnings))
				same(t, "Check warns alike", r.Warnings, ws)
				same(t, "it does not stop the run", refresh.NotChanged, rowOf(t, r, side, "1").Outcome)
				same(t, "the account is on record", tt.account, r.Run.Side(side).Account)
				for _, w := range ws {
					if strings.Contains(w.Text, "@") {
						t.Errorf("the warning holds an address: %s", w.Text)
					}
				}
			})
		}
	}
}

func TestRejectedCredentials(t *testing.T) {
	for _, side := range bothSides {
		t.Run("at inspect on the "+side.String(), func(t *testing.T) {
			w := newWorld()
			sides, s, d := w.connect(nil)
			map[refresh.Side]*memconn.Connector{refresh.Source: s, refresh.Target: d}[side].SetFaults(memconn.Faults{RejectCredentials: true})
			bothWays(t, w.job, sides, func(t *testing.T, err error) {
				e := as[*refresh.ReconfigureError](t, err)
				same(t, "it names the side and the system", []any{side, s.Info().System == e.System || d.Info().System == e.System}, []any{e.Side, true})
				is(t, err, refresh.ErrCredentials)
			})
			same(t, "no look-up is made on either side", []int{0, 0}, []int{looked(s), looked(d)})
		})
		t.Run("in mid-run on the "+side.String(), func(t *testing.T) {
			c := &script{resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
				answer(0, refresh.Found(anna))
				return fmt.Errorf("bind: %w", refresh.ErrCredentials)
			}}
			j := jobOf(one(side, "1", refresh.Bound, anna), one(side, "2", refresh.Bound, other))
			r := run(t, j, only(side, c), nil)
			same(t, "what was answered counts", refresh.NotChanged, rowOf(t, r, side, "1").Outcome)
			same(t, "the rest failed", failed(refresh.CauseFailed), judge(rowOf(t, r, side, "2")))
			ws := warned(r, refresh.WarnReconfigure)
			if len(ws) != 1 || ws[0].Side != side {
				t.Errorf("warnings %+v, want one to reconfigure", r.Warnings)
			}
		})
	}
	t.Run("in both calls of a run", func(t *testing.T) {
		c := &script{resolve: func(_ context.Context, _ []refresh.ID, answer answerFunc) error {
			answer(0, goneTombstone)
			return refresh.ErrCredentials
		}}
		r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna)), only(refresh.Source, c), withoutPause)
		same(t, "it is said once", 1, len(warned(r, refresh.WarnReconfigure)))
	})
	t.Run("one answer of many", func(t *testing.T) {
		c := &script{resolve: answers(lookups{"anna": refresh.Failed(refresh.ErrCredentials), "other": refresh.Found(other)})}
		r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, anna), one(refresh.Source, "2", refresh.Bound, other)), only(refresh.Source, c), nil)
		same(t, "rejected credentials are no absence", failed(refresh.CauseFailed), judge(rowOf(t, r, refresh.Source, "1")))
		same(t, "the warning comes here too", 1, len(warned(r, refresh.WarnReconfigure)))
	})
}

func TestWrongDirectory(t *testing.T) {
	for _, side := range bothSides {
		t.Run(side.String(), func(t *testing.T) {
			w := newWorld()
			endpointOf(&w.job, side).Pin = "the other one"
			sides, s, d := w.connect(nil)
			bothWays(t, w.job, sides, func(t *testing.T, err error) {
				same(t, "both directories are named", &refresh.WrongDirectoryError{Side: side, Want: "the other one", Got: w.system(side).Pin()},
					as[*refresh.WrongDirectoryError](t, err))
			})
			same(t, "no look-up is made on either side", []int{0, 0}, []int{looked(s), looked(d)})
		})
	}
}

func TestUnpinned(t *testing.T) {
	w := newWorld()
	w.job.Source.Pin, w.job.Target.Pin = "", ""
	sides, _, _ := w.connect(nil)
	r := run(t, w.job, sides, nil)
	same(t, "it runs and warns, the source before the target", []refresh.Side{refresh.Source, refresh.Target}, sidesOf(warned(r, refresh.WarnUnpinned)))
	same(t, "the rows are looked up", map[string]refresh.Outcome{"source 1": refresh.NotChanged, "target 1": refresh.NotChanged}, outcomes(r))
	j := apply(t, w.job, r)
	same(t, "Apply writes the pins", []string{w.source.Pin(), w.target.Pin()}, []string{j.Source.Pin, j.Target.Pin})
	same(t, "the second run does not warn", 0, len(run(t, j, sides, nil).Warnings))

	w.target.SetPin("another tenant")
	_, err := refresh.Refresh(t.Context(), j, sides, nil)
	as[*refresh.WrongDirectoryError](t, err)
}

func sidesOf(ws []refresh.Warning) []refresh.Side {
	var out []refresh.Side
	for _, w := range ws {
		out = append(out, w.Side)
	}
	return out
}

func TestPinThatCannotBeChecked(t *testing.T) {
	forbidden := func(w world, side refresh.Side) refresh.Connector {
		return w.system(side).Connect(&memconn.ConnOptions{Faults: memconn.Faults{ForbidInspect: true}})
	}
	blind := func(w world, side refresh.Side) refresh.Connector {
		return w.system(side).Connect(&memconn.ConnOptions{Without: refresh.CanInspect})
	}
	nameless := func(w world, side refresh.Side) refresh.Connector {
		w.system(side).SetPin("")
		return w.system(side).Connect(nil)
	}
	tests := []struct {
		name, reason string
		connect      func(world, refresh.Side) refresh.Connector
		pinned, skip bool
		refused      bool
		want         refresh.WarningCode
	}{
		{"pinned, the right is lacking", "it warns and runs", forbidden, true, false, false, refresh.WarnPinUnverified},
		{"unpinned, the right is lacking", "it warns and runs", forbidden, false, false, false, refresh.WarnUnpinned},
		{"pinned, the connector cannot inspect", "another directory could not be told", blind, true, false, true, 0},
		{"the same, on request", "SkipPinCheck runs it with a warning", blind, true, true, false, refresh.WarnPinUnverified},
		{"unpinned, the connector cannot inspect", "it warns and runs", blind, false, false, false, refresh.WarnUnpinned},
		{"pinned, the directory has no identity", "another directory could not be told", nameless, true, false, true, 0},
		{"the same, on request", "SkipPinCheck runs it with a warning", nameless, true, true, false, refresh.WarnPinUnverified},
		{"unpinned, the directory has no identity", "it warns and runs", nameless, false, false, false, refresh.WarnUnpinned},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				w := newWorld()
				if !tt.pinned {
					endpointOf(&w.job, side).Pin = ""
				}
				c := tt.connect(w, side)
				r, err := refresh.Refresh(t.Context(), w.job, only(side, c), &refresh.Options{SkipPinCheck: tt.skip})
				if tt.refused {
					same(t, tt.reason, &refresh.PinError{Side: side, System: c.Info().System}, as[*refresh.PinError](t, err))
					same(t, "before any look-up", 0, looked(c.(*memconn.Connector)))
					_, err = refresh.Check(t.Context(), w.job, only(side, c), nil)
					as[*refresh.PinError](t, err)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				same(t, tt.reason, []refresh.WarningCode{tt.want}, codes(r.Warnings))
				same(t, "the rows are looked up", refresh.NotChanged, r.Rows[0].Outcome)
				same(t, "a pin that was not seen is not written", endpointOf(&w.job, side).Pin, func() string { j := apply(t, w.job, r); return endpointOf(&j, side).Pin }())
			})
		}
	}
}

func TestSkipPinCheckDoesNotExcuseAWrongDirectory(t *testing.T) {
	w := newWorld()
	w.job.Source.Pin = "the other one"
	sides, _, _ := w.connect(nil)
	_, err := refresh.Refresh(t.Context(), w.job, sides, &refresh.Options{SkipPinCheck: true})
	as[*refresh.WrongDirectoryError](t, err)
}

func TestOutageAtInspect(t *testing.T) {
	for _, side := range bothSides {
		t.Run(side.String(), func(t *testing.T) {
			w := newWorld()
			for _, s := range bothSides {
				w.system(s).Rename(w.job.Matches[0].Mailbox(s).ID, "anna@newest.example", memconn.DropOld)
			}
			sides, s, d := w.connect(nil)
			dead := map[refresh.Side]*memconn.Connector{refresh.Source: s, refresh.Target: d}[side]
			dead.SetFaults(memconn.Faults{Breaks: []memconn.Break{{Ability: refresh.CanInspect, Err: errOutage}}})
			r := run(t, w.job, sides, nil)
			row := rowOf(t, r, side, "1")
			same(t, "its rows failed", failed(refresh.CauseFailed), judge(row))
			if !strings.Contains(row.Failure, errOutage.Error()) {
				t.Errorf("failure %q does not say why", row.Failure)
			}
			same(t, "a directory that was not inspected is not asked", 0, looked(dead))
			same(t, "the other side goes on", refresh.Refreshed, rowOf(t, r, otherSide(side), "1").Outcome)
			j := apply(t, w.job, r)
			same(t, "nothing is written there", w.job.Matches[0].Mailbox(side), j.Matches[0].Mailbox(side))

			_, err := refresh.Check(t.Context(), w.job, sides, nil)
			is(t, err, errOutage)
		})
	}
}

func otherSide(s refresh.Side) refresh.Side { return refresh.Source + refresh.Target - s }

// A wrong directory on one side is refused although the other side cannot be inspected.
func TestRefusalBeforeOutage(t *testing.T) {
	w := newWorld()
	w.job.Target.Pin = "the other one"
	sides, s, d := w.connect(nil)
	s.SetFaults(memconn.Faults{Outage: errOutage})
	bothWays(t, w.job, sides, func(t *testing.T, err error) { as[*refresh.WrongDirectoryError](t, err) })
	same(t, "no look-up", []int{0, 0}, []int{looked(s), looked(d)})
}

func TestCheckLooksNothingUp(t *testing.T) {
	w := newWorld()
	sides, s, d := w.connect(nil)
	ws, err := refresh.Check(t.Context(), w.job, sides, nil)
	if err != nil || len(ws) != 0 {
		t.Errorf("warnings %v, error %v", ws, err)
	}
	same(t, "each side is inspected once, and that is all", []memconn.Calls{{Inspect: 1}, {Inspect: 1}}, []memconn.Calls{s.Calls(), d.Calls()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = refresh.Check(ctx, w.job, sides, nil)
	is(t, err, context.Canceled)
}

func TestRunRecord(t *testing.T) {
	w := newWorld()
	w.source.SetLastSync(day1)
	w.job.Source.Account = "admin"
	w.job.Source.System = "as configured"
	w.job.Source.Cursor, w.job.Source.Epoch = refresh.Cursor{Token: "c", Taken: day1}, "e"
	sides, _, _ := w.connect(nil)
	r := run(t, w.job, sides, &refresh.Options{Operator: "olga"})
	same(t, "the audit record of a side", &refresh.SideRun{
		System: "contoso", Directory: "contoso", Server: "main", Account: "admin", Pin: w.source.Pin(), PinBefore: w.source.Pin(), Why: "the connector does not tell what changed",
		Path: refresh.PathFull, Asked: 1, LastSync: day1,
		Cursor: refresh.Cursor{Token: "c", Taken: day1}, CursorBefore: refresh.Cursor{Token: "c", Taken: day1}, Epoch: "e", EpochBefore: "e",
	}, r.Run.Source)
	same(t, "who ran it", "olga", r.Run.Operator)
	if r.ID == "" || r.Run.ID == "" || r.ID == r.Run.ID || r.Run.Started.IsZero() || r.Run.Finished.Before(r.Run.Started) || r.Run.Library == "" {
		t.Errorf("incomplete record %+v", r.Run)
	}
	same(t, "the job that it is made for", []any{"job", "test", 1, refresh.Preview, false}, []any{r.JobID, r.JobName, r.JobRows, r.State, r.Partial})
}
