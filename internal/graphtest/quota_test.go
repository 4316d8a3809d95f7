package graphtest

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// TestPrices are those of the page.
func TestPrices(t *testing.T) {
	list := Prices()
	if list.Source == "" || list.Limits.Small != 3500 || list.Limits.Medium != 5000 || list.Limits.Large != 8000 || list.Limits.Seconds != 10 {
		t.Errorf("%+v", list)
	}
	cases := []struct {
		name string
		e    Endpoint
		sel  bool
		top  int
		want int
	}{
		{"users", Users, false, 0, 2},
		{"users with $select", Users, true, 999, 1},
		{"users, few", Users, false, 19, 1},
		{"never below 1", Users, true, 19, 1},
		{"getByIds", GetByIDs, false, 0, 5},
		{"getByIds with $select", GetByIDs, true, 0, 2},
		{"user", OneUser, true, 0, 1},
		{"a batch by itself", Batch, false, 0, 0},
	}
	for _, tc := range cases {
		if got := list.Units(tc.e, tc.sel, false, tc.top); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
	for _, p := range list.Prices {
		if (p.Row == "") == (p.Guess == "") {
			t.Errorf("%s: the price is either from a row or a guess: %+v", p.Endpoint, p)
		}
	}
	for _, e := range []Endpoint{Users, UsersCount, OneUser, Exchange, Delta, GetByIDs, DeletedUsers, DeletedItem, Organization, OneGroup, OneObject} {
		if list.Units(e, false, false, 0) == 0 {
			t.Errorf("%s has no price", e)
		}
	}
}

// TestQuota empties the quota and waits as it is told.
func TestQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := world(t, 1, &Options{Size: Small})
		ask := func() answer {
			return c.do("POST", "/directoryObjects/getByIds?$select=id", idsBody(ids, "user"))
		}
		first := ask()
		if first.header.Get("x-ms-resource-unit") != "2" || first.header.Get("x-ms-throttle-limit-percentage") != "" {
			t.Errorf("%v", first.header)
		}
		n := 1
		var last answer
		for last = ask(); last.status == 200; last = ask() {
			n++
			share := last.header.Get("x-ms-throttle-limit-percentage")
			if used := float64(2*n) / 3500; used >= 0.8 != (share != "") {
				t.Fatalf("%d units used, share %q", 2*n, share)
			}
		}
		if n != 1750 {
			t.Errorf("%d requests of 2 units within 3500", n)
		}
		r := last.refusal(t)
		if last.status != 429 || r.Error.Code != "TooManyRequests" || r.Error.InnerError["status"] != "429" ||
			last.header.Get("x-ms-throttle-information") != "ResourceUnitLimitExceeded" || last.header.Get("x-ms-throttle-scope") == "" {
			t.Errorf("%v", last)
		}
		forms := []struct {
			name string
			form RetryForm
			read func(string) time.Duration
		}{
			{"seconds", RetrySeconds, func(v string) time.Duration { n, _ := strconv.Atoi(v); return time.Duration(n) * time.Second }},
			{"fraction", RetryFraction, func(v string) time.Duration { f, _ := strconv.ParseFloat(v, 64); return time.Duration(f * 1e9) }},
			{"date", RetryDate, func(v string) time.Duration { at, _ := http.ParseTime(v); return time.Until(at) }},
		}
		for _, f := range forms {
			s.RetryAfter(f.form)
			s.Consume(3500)
			for ask().status == 200 {
			}
			wait := f.read(ask().header.Get("Retry-After"))
			if wait <= 0 || wait > 20*time.Second {
				t.Fatalf("%s: wait %v", f.name, wait)
			}
			time.Sleep(wait)
			if a := ask(); a.status != 200 {
				t.Errorf("%s: after %v still %d", f.name, wait, a.status)
			}
		}
		s.RetryAfter(RetryAbsent)
		s.Consume(3500)
		if a := ask(); a.status != 429 || len(a.header["Retry-After"]) != 0 {
			t.Errorf("absent: %v", a.header)
		}
		if got := s.Counters(); got.Throttled == 0 || got.ByStatus[429] != got.Throttled {
			t.Errorf("%+v", got)
		}
	})
}

// TestQuotaOfBatches throttles parts, not the batch.
func TestQuotaOfBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, ids := world(t, 1, &Options{Size: Large})
		s.Consume(7990)
		var steps []string
		for i := range 20 {
			steps = append(steps, stepOf(i, "/users/"+ids[0]))
		}
		by := map[int]int{}
		for _, p := range c.batch(steps...) {
			by[p.Status]++
			if p.Status == 429 && p.Headers["Retry-After"] == "" {
				t.Errorf("%v", p.Headers)
			}
		}
		if by[200] != 10 || by[429] != 10 {
			t.Errorf("%v", by)
		}
	})
}

// TestUnmetered has no quota.
func TestUnmetered(t *testing.T) {
	s, c, _ := world(t, 1, nil)
	s.Consume(1e6)
	if a := c.get("/users"); a.status != 200 || a.header.Get("x-ms-throttle-limit-percentage") != "" || a.header.Get("x-ms-resource-unit") != "2" {
		t.Errorf("%v", a)
	}
}
