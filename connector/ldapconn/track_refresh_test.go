package ldapconn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/internal/sambatest"
	"github.com/readdress-go/readdress/refresh"
)

// staff puts n people into a world and returns them with a job of which they are the source.
func staff(t *testing.T, w *world, n int) ([]refresh.Mailbox, refresh.Job) {
	t.Helper()
	var people []refresh.Mailbox
	for i := range n {
		people = append(people, refresh.Mailbox{
			Login: fmt.Sprintf("staff%d", i), DisplayName: fmt.Sprintf("Staff %d", i), Kind: refresh.KindUser,
			Primary: refresh.Address(fmt.Sprintf("staff%d@source.example", i)), Aliases: []refresh.Address{refresh.Address(fmt.Sprintf("s%d@source.example", i))},
		})
	}
	job := refresh.NewJob("daily")
	for i, p := range people {
		var err error
		people[i], err = w.Put(p)
		must(t, err)
		job.Matches = append(job.Matches, refresh.Match{Key: p.Login, SourceOrigin: refresh.Bound, Source: people[i]})
	}
	return people, job
}

// daily refreshes a job and applies the result.
func daily(t *testing.T, job *refresh.Job, c refresh.Connector) *refresh.Result {
	t.Helper()
	res, err := refresh.Refresh(t.Context(), *job, refresh.Sides{Source: c}, &refresh.Options{ConfirmAfter: -1})
	must(t, err)
	*job, err = job.Apply(res)
	must(t, err)
	return res
}

// path describes how a side was refreshed.
func path(res *refresh.Result) string {
	r := res.Run.Source
	if r.Path == refresh.PathFull {
		return fmt.Sprintf("full of %d: %s", r.Asked, r.Why)
	}
	return fmt.Sprintf("incremental of %d", r.Asked)
}

// byKey returns the outcomes of the rows that are no NotChanged.
func byKey(res *refresh.Result) map[string]refresh.Outcome {
	out := map[string]refresh.Outcome{}
	for _, r := range res.Rows {
		if r.Outcome != refresh.NotChanged {
			out[r.Key] = r.Outcome
		}
	}
	return out
}

// trackWorlds are the directories that tell what changed, to readers who may see all of it.
func trackWorlds(t *testing.T, do func(t *testing.T, w *world)) {
	t.Helper()
	for name, in := range map[string]inProcess{
		"RecycleBin": {cfg: ldaptest.Config{RecycleBin: true}, as: ldaptest.Auditor},
		"Tombstones": {as: ldaptest.Auditor},
		"Catalog":    {cfg: ldaptest.Config{Domains: rootAndChild()}, as: ldaptest.Auditor, reach: byCatalog},
		"Domains":    {cfg: ldaptest.Config{Domains: rootAndChild()}, as: ldaptest.Auditor, reach: byDomains},
	} {
		t.Run(name, func(t *testing.T) { do(t, in.world(t)) })
	}
	t.Run("slapd", func(t *testing.T) { do(t, slapdWorld(t, ldapconn.LDAPS)) })
	t.Run("Samba", func(t *testing.T) {
		serial := 0
		do(t, sambaWorld(t, sambatest.Run(t, sambatest.Config{}), &serial, sambatest.Auditor, nil))
	})
}

// TestTrackDaily refreshes a job day by day: a look-up is made for what changed, and for rows that are not well.
func TestTrackDaily(t *testing.T) {
	trackWorlds(t, func(t *testing.T, w *world) {
		people, job := staff(t, w, 40)
		c, err := w.Connect()
		must(t, err)
		defer c.(*ldapconn.Connector).Close()
		if got, want := path(daily(t, &job, c)), "full of 40: the job has no cursor yet"; got != want {
			t.Errorf("first day: %s, want %s", got, want)
		}
		for range 2 {
			if got, want := path(daily(t, &job, c)), "incremental of 0"; got != want {
				t.Errorf("a quiet day: %s, want %s", got, want)
			}
		}
		renamed := people[3]
		renamed.Primary, renamed.Aliases = "married@source.example", []refresh.Address{people[3].Primary}
		_, err = w.Update(renamed)
		must(t, err, w.Delete(people[5].ID))
		want := map[string]refresh.Outcome{"staff3": refresh.Refreshed, "staff5": refresh.Missing}
		if w.DisableMailbox != nil {
			must(t, w.DisableMailbox(people[7].ID))
			want["staff7"] = refresh.Missing
		}
		must(t, w.Relocate(people[9].ID), w.Rename(people[11].ID, "another name"))
		if w.Elsewhere != nil { // somebody of the other domain
			far, err := w.Elsewhere(refresh.Mailbox{Login: "far", DisplayName: "Far", Kind: refresh.KindUser, Primary: "far@source.example"})
			must(t, err)
			far.Primary = "farther@source.example"
			_, err = w.Update(far)
			must(t, err)
		}
		before := job
		res := daily(t, &job, c)
		if diff := cmp.Diff(want, byKey(res)); diff != "" || res.Run.Source.Path != refresh.PathIncremental || res.Run.Source.Asked > 5 {
			t.Errorf("a busy day: %s (-want +got):\n%s", path(res), diff)
		}
		full, err := refresh.Refresh(t.Context(), before, refresh.Sides{Source: c}, &refresh.Options{ConfirmAfter: -1, Full: true})
		must(t, err)
		if diff := cmp.Diff(byKey(full), byKey(res)); diff != "" {
			t.Errorf("a full refresh finds more (-full +incremental):\n%s", diff)
		}
		// A row that is missing has no stamp, so it is looked up until it is well, with a few others whose mailboxes show that this
		// reader sees any.
		most := len(want) - 1 + 3
		if r := daily(t, &job, c).Run.Source; r.Path != refresh.PathIncremental || r.Asked > most {
			t.Errorf("the day after: %v of %d, want incremental of at most %d", r.Path, r.Asked, most)
		}
		another, err := w.Connect() // another process
		must(t, err)
		defer another.(*ldapconn.Connector).Close()
		if r := daily(t, &job, another).Run.Source; r.Path != refresh.PathIncremental || r.Asked > most {
			t.Errorf("another process: %v of %d, want incremental of at most %d", r.Path, r.Asked, most)
		}
	})
}

// TestTrackUndelete: somebody who was deleted is back.
func TestTrackUndelete(t *testing.T) {
	w := inProcess{cfg: ldaptest.Config{RecycleBin: true}, as: ldaptest.Auditor}.world(t)
	people, job := staff(t, w, 10)
	c, err := w.Connect()
	must(t, err)
	defer c.(*ldapconn.Connector).Close()
	daily(t, &job, c)
	must(t, w.SoftDelete(people[2].ID), w.SoftDelete(people[4].ID))
	_, err = w.Restore(people[4].ID) // between two runs
	must(t, err)
	if diff := cmp.Diff(map[string]refresh.Outcome{"staff2": refresh.Missing}, byKey(daily(t, &job, c))); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	_, err = w.Restore(people[2].ID)
	must(t, err)
	res := daily(t, &job, c)
	if diff := cmp.Diff(map[string]refresh.Outcome{"staff2": refresh.Refreshed}, byKey(res)); diff != "" || path(res) != "incremental of 1" {
		t.Errorf("restored: %s (-want +got):\n%s", path(res), diff)
	}
}

// TestTrackEmigrant: somebody moves to another domain of the forest, which leaves no trace in the old one.
func TestTrackEmigrant(t *testing.T) {
	for name, reach := range map[string]func(*ldaptest.Forest, *ldapconn.Config){"catalog": byCatalog, "domains": byDomains} {
		t.Run(name, func(t *testing.T) {
			w := inProcess{cfg: ldaptest.Config{Domains: rootAndChild()}, as: ldaptest.Auditor, reach: reach}.world(t)
			people, job := staff(t, w, 10)
			c, err := w.Connect()
			must(t, err)
			defer c.(*ldapconn.Connector).Close()
			daily(t, &job, c)
			must(t, w.Emigrate(people[2].ID))
			res := daily(t, &job, c)
			if got := path(res); got != "incremental of 1" || len(byKey(res)) != 0 {
				t.Errorf("%s, %v; want one look-up that finds them", got, byKey(res))
			}
			must(t, w.Delete(people[2].ID)) // in the other domain
			if diff := cmp.Diff(map[string]refresh.Outcome{"staff2": refresh.Missing}, byKey(daily(t, &job, c))); diff != "" {
				t.Errorf("deleted there (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTrackForbidden: a reader who is not shown every change gets a full refresh, which finds what the changes would have
// hidden.
func TestTrackForbidden(t *testing.T) {
	check := func(t *testing.T, w *world, limited string, lacks string) {
		people, job := staff(t, w, 10)
		good, err := w.Connect()
		must(t, err)
		defer good.(*ldapconn.Connector).Close()
		daily(t, &job, good)
		c, err := w.As(limited)()
		must(t, err)
		defer c.(*ldapconn.Connector).Close()
		must(t, w.Delete(people[5].ID))
		res := daily(t, &job, c)
		if r := res.Run.Source; r.Path != refresh.PathFull || strings.Count(r.Why, lacks) != 2 || !strings.Contains(r.Why, "no mark could be taken") {
			t.Errorf("%s, want a full refresh that says twice what lacks: %s", path(res), lacks)
		}
		if diff := cmp.Diff(map[string]refresh.Outcome{"staff5": refresh.Missing}, byKey(res)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	t.Run("ActiveDirectory", func(t *testing.T) {
		check(t, inProcess{as: ldaptest.Auditor}.world(t), string(ldaptest.Reader), "CN=Deleted Objects")
	})
	t.Run("ActiveDirectory without uSNChanged", func(t *testing.T) {
		h := inProcess{as: ldaptest.Auditor}.hands(t)
		must(t, h.f.AddAccount("narrow", ldaptest.Password, ldaptest.Rights{Deleted: true, HidesAttr: func(_ ldaptest.Object, attr string) bool {
			return strings.EqualFold(attr, "uSNChanged")
		}}))
		check(t, h.world(), "narrow", "uSNChanged")
	})
	t.Run("Catalog", func(t *testing.T) {
		check(t, inProcess{cfg: ldaptest.Config{Domains: rootAndChild()}, as: ldaptest.Auditor, reach: byCatalog}.world(t), string(ldaptest.Reader), "CN=Deleted Objects")
	})
	t.Run("Samba", func(t *testing.T) {
		serial := 0
		check(t, sambaWorld(t, sambatest.Run(t, sambatest.Config{}), &serial, sambatest.Auditor, nil), string(sambatest.Reader), "CN=Deleted Objects")
	})
	t.Run("slapd without entryCSN", func(t *testing.T) { check(t, slapdWorld(t, ldapconn.LDAPS), "unsure", "entryCSN") })
	t.Run("slapd without contextCSN", func(t *testing.T) { check(t, slapdWorld(t, ldapconn.LDAPS), "nocsn", "contextCSN") })
}

// TestTrackUncovered: what changes in a domain that is not looked at is not seen.
func TestTrackUncovered(t *testing.T) {
	w := inProcess{cfg: ldaptest.Config{Domains: rootAndChild()}, as: ldaptest.Auditor}.world(t)
	_, job := staff(t, w, 3)
	c, err := w.Connect()
	must(t, err)
	defer c.(*ldapconn.Connector).Close()
	for range 2 {
		if got := path(daily(t, &job, c)); !strings.Contains(got, "full of 3: the job has no cursor yet; no mark could be taken") || !strings.Contains(got, "Config.Catalogs") {
			t.Error(got)
		}
	}
}

// TestTrackFailover: another domain controller does not know the cursor.
func TestTrackFailover(t *testing.T) {
	in := inProcess{cfg: ldaptest.Config{Domains: twoControllers()}, as: ldaptest.Auditor, reach: byReplica}
	h := in.hands(t)
	w := h.world()
	people, job := staff(t, w, 10)
	c, err := w.Connect()
	must(t, err)
	defer c.(*ldapconn.Connector).Close()
	daily(t, &job, c)
	outage(h.f.DCs[0])
	must(t, w.Delete(people[1].ID))
	later, err := w.Connect()
	must(t, err)
	defer later.(*ldapconn.Connector).Close()
	res := daily(t, &job, later)
	if got := path(res); got != "full of 10: the cursor has expired" || byKey(res)["staff1"] != refresh.Missing {
		t.Errorf("%s, %v", got, byKey(res))
	}
	if got := path(daily(t, &job, later)); got != "incremental of 1" {
		t.Errorf("the day after: %s", got)
	}
	h.f.DCs[0].SetFaults()
	h.f.DCs[1].NewInvocation() // it was restored from a backup
	if got := path(daily(t, &job, later)); got != "full of 10: the cursor has expired" {
		t.Errorf("after a restore: %s", got)
	}
}
