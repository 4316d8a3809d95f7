package graphconn

import (
	"math"
	"net/http"
	"testing"
	"time"
)

// TestAllowance: what is learned of the limit from what the service says and refuses.
func TestAllowance(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	type step struct {
		at     time.Duration
		do     func(a *allowance, now time.Time)
		want   float64
		reason string
	}
	told := func(used, flying, share float64) func(*allowance, time.Time) {
		return func(a *allowance, now time.Time) { a.told(now, used, flying, share) }
	}
	refused := func(used float64, why reason) func(*allowance, time.Time) {
		return func(a *allowance, now time.Time) { a.refused(now, used, why) }
	}
	fine := func(used float64) func(*allowance, time.Time) {
		return func(a *allowance, now time.Time) { a.fine(now, used) }
	}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"told", []step{
			{0, told(400, 0, 0.9), 8000, "too little is used to tell"},
			{0, told(6500, 300, 0.8), 8000, "a large tenant"},
			{0, told(4300, 300, 0.8), 5000, "what is in flight may not have been counted"},
			{0, told(2800, 0, 0.8), 3500, "a small tenant"},
			{0, told(7000, 0, 0.8), 3500, "the service forgets sooner than we do, so a share shows no higher limit"},
			{0, told(1400, 0, 1), 1400, "it seems lower when prices are higher than known"},
			{0, told(600, 0, 1.8), 400, "nothing is thought to be lower"},
			{0, told(600, 0, 80), 400, "no share is as high"},
		}},
		{"refused", []step{
			{0, refused(1000, noReason), 8000, "that cannot be the limit"},
			{0, refused(6000, otherReason), 8000, "it is not"},
			{0, refused(5100, noReason), 5000, "a medium tenant, and some in flight"},
			{0, refused(3600, limitReason), 3500, "a small tenant, and some in flight"},
			{0, refused(3400, limitReason), 2720, "less than any tenant's is left by others"},
			{0, refused(1000, limitReason), 800, "it says that it is the limit"},
		}},
		{"raised", []step{
			{0, refused(3600, noReason), 3500, "a small tenant"},
			{59 * time.Second, fine(3400), 3500, "it was refused a short time ago"},
			{61 * time.Second, fine(2000), 3500, "there is no need for more"},
			{61 * time.Second, fine(3400), 4025, "perhaps it is more"},
			{62 * time.Second, fine(4000), 4025, "first that is used for a while"},
			{63 * time.Second, refused(3600, noReason), 3500, "it is what it was"},
			{130 * time.Second, fine(3400), 3500, "the next attempt is later"},
			{190 * time.Second, fine(3400), 4025, "after twice the time"},
			{202 * time.Second, told(3500, 0, 0.95), 3684, "or sooner, when it is told"},
			{500 * time.Second, told(3500, 0, 0.95), 3684, "nearly everything is used"},
			{501 * time.Second, fine(3600), 3684, "so there is no more"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var a allowance
			for i, s := range tt.steps {
				s.do(&a, start.Add(s.at))
				if math.Abs(a.limit()-s.want) > 1 {
					t.Errorf("step %d: %.0f, want %.0f: %s", i, a.limit(), s.want, s.reason)
				}
			}
		})
	}
}

// TestPrice: what the service counts is expected the next time, and what a batch is said to cost as a whole is not believed.
func TestPrice(t *testing.T) {
	q := NewQuota()
	l := &lane{most: 4}
	ask := func(op string, units int) *grant {
		g, err := q.acquire(t.Context(), op, l, units, &patience{})
		must(t, err)
		return g
	}
	sum := func(want float64) {
		t.Helper()
		q.used.roll(time.Now())
		if math.Abs(q.used.sum-want) > 0.1 {
			t.Errorf("%.1f units are used, want %.1f", q.used.sum, want)
		}
	}
	q.settle(ask("a", 2), usage{answered: true, units: 10})
	sum(10)
	g := ask("a", 4) // 20
	sum(30)
	q.settle(g, usage{answered: true}) // it did not say
	sum(30)
	g = ask("b", 20)
	sum(50)
	q.settle(g, usage{answered: true})
	q.learn(g, 30, 10, 0) // half of the parts said what they cost
	sum(70)
	g = ask("b", 20)
	sum(130)
	q.settle(g, usage{answered: true})
	q.learn(g, 20, 20, 0)
	sum(90)
	if got := q.price("b"); got != 2.75 {
		t.Errorf("the price is %v, want an eighth of the way down", got)
	}
	if q.flying != 0 {
		t.Errorf("%v units are in flight", q.flying)
	}
}

// TestUsageOf: what the headers of an answer say.
func TestUsageOf(t *testing.T) {
	for _, tt := range []struct {
		name               string
		units, share, info string
		want               usage
	}{
		{"nothing", "", "", "", usage{}},
		{"both", "2", "0.85", "", usage{units: 2, share: 0.85}},
		{"the limit", "", "1.2", "", usage{share: 1.2, why: limitReason}},
		{"it says so", "", "", "ResourceUnitLimitExceeded", usage{why: limitReason}},
		{"another reason", "", "1.1", "CPULimitExceeded", usage{share: 1.1, why: otherReason}},
		{"no numbers", "many", "-1", "", usage{}},
		{"not finite", "Inf", "NaN", "", usage{}},
	} {
		h := http.Header{}
		for name, v := range map[string]string{"x-ms-resource-unit": tt.units, "x-ms-throttle-limit-percentage": tt.share, "x-ms-throttle-information": tt.info} {
			if v != "" {
				h.Set(name, v)
			}
		}
		if got := usageOf(h); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
