package imapconn_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/internal/dovecottest"
	"github.com/readdress-go/readdress/refresh"
)

// TestNight plays the night in which the domain is switched, on a real server, with a crowd of 1,000. Everybody whose mailbox is there under some
// candidate's name is found there; of everybody else the refresh says that it does not know; and no mailbox is taken for another one.
func TestNight(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	begin := time.Now()
	w := newParish(t)
	settled := time.Now()
	job := w.job()
	listed := time.Now()
	w.night()
	awake := time.Now()

	accounts := make([]imapconn.Account, 0, crowd)
	for _, p := range w.people {
		if p.now != "" {
			accounts = append(accounts, imapconn.Account{Login: p.now})
		}
	}
	c, err := imapconn.New(w.config(accounts...), &imapconn.Options{Rename: w.rename()})
	w.must(err)
	stop := w.rain()
	first, job := w.refresh(job, c)
	refreshed := time.Now()
	second, job := w.refresh(job, c)
	again := time.Now()
	stop()

	wrong := w.compare("the first run", first, job, refresh.Refreshed)
	wrong += w.compare("the second run", second, job, refresh.NotChanged)
	t.Logf("%d accounts: %.1f s to deliver %d messages, %.1f s to make the job, %.1f s for the night, %.1f s to refresh, %.1f s to refresh again",
		crowd, settled.Sub(begin).Seconds(), w.serial+2*crowd, listed.Sub(settled).Seconds(), awake.Sub(listed).Seconds(), refreshed.Sub(awake).Seconds(), again.Sub(refreshed).Seconds())
	t.Logf("first run: %v; second run: %v; wrong mailboxes accepted: %d", first.Counts(refresh.Source).ByOutcome, second.Counts(refresh.Source).ByOutcome, wrong)
	if wrong > 0 {
		t.Errorf("%d wrong mailboxes accepted", wrong)
	}
	if log := w.s.Log(); strings.Contains(log, "Error:") {
		t.Errorf("the server found fault:\n%.2000s", log)
	}
}

// job makes the job from what the server lists.
func (w *parish) job() refresh.Job {
	w.t.Helper()
	accounts := make([]imapconn.Account, len(w.people))
	for i, p := range w.people {
		accounts[i] = imapconn.Account{Login: p.login(), DisplayName: p.name}
	}
	c, err := imapconn.New(w.config(accounts...), nil)
	w.must(err)
	job := refresh.NewJob("the night")
	for e, err := range c.List(w.t.Context()) {
		w.must(err)
		if e.ID == "" {
			w.t.Errorf("%s has no witness: %v", e.Login, e.Attrs)
			continue
		}
		job.Matches = append(job.Matches, refresh.Match{Key: e.DisplayName, Source: e.Mailbox, SourceOrigin: refresh.Bound})
	}
	if len(job.Matches) != crowd {
		w.t.Fatalf("%d of %d accounts listed with a witness", len(job.Matches), crowd)
	}
	return job
}

// rain delivers mail to everybody in turn until it is stopped.
func (w *parish) rain() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			if p := w.people[i*13%crowd]; p.now != "" {
				if err := w.s.Deliver(p.now, dovecottest.Message{ID: fmt.Sprintf("rain%d@sender.example", i), Body: "wet\n"}); err != nil {
					w.t.Errorf("deliver: %v", err)
				}
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	return func() { cancel(); done.Wait() }
}

func (w *parish) refresh(job refresh.Job, c *imapconn.Connector) (*refresh.Result, refresh.Job) {
	w.t.Helper()
	res, err := refresh.Refresh(w.t.Context(), job, refresh.Sides{Source: c}, nil)
	w.must(err)
	after, err := job.Apply(res)
	w.must(err)
	return res, after
}

// why is what a person must be told of somebody who is not found.
func why(p *somebody) string {
	if p.fate == deleted && len(p.candidates) == 1 {
		return "rejected the login"
	}
	return "is not it"
}

// compare holds a run and what it left in the job against what happened, and counts the rows that took another one's mailbox.
func (w *parish) compare(run string, res *refresh.Result, job refresh.Job, found refresh.Outcome) (wrong int) {
	w.t.Helper()
	byName := make(map[string]*somebody)
	for _, p := range w.people {
		byName[p.name] = p
	}
	seen := make(map[string]string)
	want := make(map[string]string)
	for _, row := range res.Rows {
		p := byName[row.Key]
		m, _ := job.Match(row.Key)
		seen[row.Key] = fmt.Sprintf("%v %v %s %s", row.Outcome, row.Cause, m.Source.Login, m.Source.Primary)
		outcome, cause, holds := found, refresh.Cause(0), p.now
		if !p.fate.proves() {
			outcome, cause, holds = refresh.LookupFailed, refresh.CauseFailed, p.login()
		}
		want[row.Key] = fmt.Sprintf("%v %v %s %s", outcome, cause, holds, holds)
		if row.Outcome != refresh.LookupFailed && m.Source.Login != p.now {
			wrong++
		}
		if row.Outcome == refresh.LookupFailed {
			if p.fate.proves() || !strings.Contains(row.Failure, why(p)) {
				w.t.Errorf("%s: %s, fate %d: %s", run, row.Key, p.fate, row.Failure)
			}
		}
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		w.t.Errorf("%s (-want +got):\n%.4000s", run, diff)
	}
	if len(res.Rows) != crowd {
		w.t.Errorf("%s: %d rows", run, len(res.Rows))
	}
	return wrong
}
