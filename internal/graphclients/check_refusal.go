package graphclients

import (
	"errors"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// refusals: what the client takes out of an error by its own code, against the [graphconn.Error] of the same question.
func (x *scene) refusals() {
	_, err := x.client.User(x.ctx(), x.never[0])
	x.refused("a user that is not there", err, 404, "Request_ResourceNotFound")
	if a, ok := x.resolve(x.never[:1])[x.never[0]].Absence(); !ok || a.Reason != refresh.ReasonGone {
		x.t.Errorf("graphconn says that the user is %+v, %t", a, ok)
	}

	ids := make([]string, 1001)
	for i := range ids {
		ids[i] = x.ids[i%len(x.ids)]
	}
	_, err = x.client.ByIDs(x.ctx(), ids)
	x.refused("1001 IDs", err, 400, "Request_BadRequest")

	bare := x.s.Token()
	_, _, err = x.open(x.t, x.s, bare).Users(x.ctx(), 10)
	theirs := x.refused("a token without rights", err, 403, "Authorization_RequestDenied")
	x.sameRefusal(x.list1(x.connect(bare)), theirs)

	expired := x.s.Token(everyRight...)
	x.s.Expire(expired)
	_, _, err = x.open(x.t, x.s, expired).Users(x.ctx(), 10)
	theirs = x.refused("an expired token", err, 401, "InvalidAuthenticationToken")
	x.sameRefusal(x.list1(x.connect(expired)), theirs)
}

// list1 is the error of a list.
func (x *scene) list1(c *graphconn.Connector) error {
	for _, err := range c.List(x.ctx()) {
		return err
	}
	return nil
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// refused demands a refusal with everything that belongs to it.
func (x *scene) refused(what string, err error, status int, code string) *Refusal {
	x.t.Helper()
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		x.t.Fatalf("%s: the client says %v: want a refusal with %d %s", what, err, status, code)
	}
	if r.Status != status || r.Code != code || r.Message == "" || !guid.MatchString(r.RequestID) || r.HeaderID != r.RequestID {
		x.t.Errorf("%s: the client got %+v: want %d %s, a message, and a request-id that is the header's", what, *r, status, code)
	}
	if at, err := time.Parse(time.RFC3339, r.Date); err != nil || time.Since(at).Abs() > time.Hour {
		x.t.Errorf("%s: the client got the date %q", what, r.Date)
	}
	return r
}

func (x *scene) sameRefusal(err error, theirs *Refusal) {
	x.t.Helper()
	e, ok := errors.AsType[*graphconn.Error](err)
	if !ok {
		x.t.Errorf("graphconn says %v: want a *graphconn.Error", err)
		return
	}
	if e.Status != theirs.Status || e.Code != theirs.Code || e.Message != theirs.Message || !guid.MatchString(e.RequestID) {
		x.t.Errorf("graphconn got %+v, the client %+v", e, *theirs)
	}
}

func (x *scene) wraps(err, target error) {
	x.t.Helper()
	if !errors.Is(err, target) {
		x.t.Errorf("graphconn says %v: want %v", err, target)
	}
}

// retry: the client's own code waits as long as the service asks for, and then asks again.
func (x *scene) retry() {
	for _, form := range []struct {
		name   string
		header func() string
	}{
		{"seconds", func() string { return "1" }},
		{"a date", func() string { return time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat) }},
	} {
		// A date has whole seconds and clients round, so only half of the second asked for at least is demanded.
		const least = 500 * time.Millisecond
		asked := x.throttle(form.header)
		theirs, _, err := x.client.Users(x.ctx(), 999)
		x.must(err)
		if at := asked(); len(at) != 2 || at[1].Sub(at[0]) < least {
			x.t.Errorf("%s: the client asked at %v", form.name, at)
		}
		asked = x.throttle(form.header)
		n := 0
		for e, err := range x.ours.List(x.ctx()) {
			x.must(err)
			if e.Kind != refresh.KindGroup {
				n++
			}
		}
		if at := asked(); len(at) != 2 || at[1].Sub(at[0]) < least {
			x.t.Errorf("%s: graphconn asked at %v", form.name, at)
		}
		want := 0
		for _, o := range theirs {
			if _, ok := o.entry(); ok {
				want++
			}
		}
		if n != want {
			x.t.Errorf("%s: graphconn lists %d users, and %d of the client's are such", form.name, n, want)
		}
	}
	x.s.Fault(nil)
}

// throttle refuses the first list of users from now on, and tells when such lists were asked for.
func (x *scene) throttle(retryAfter func() string) (asked func() []time.Time) {
	var mu sync.Mutex
	var at []time.Time
	x.s.Fault(func(r *graphtest.Request) *graphtest.Fault {
		if r.Endpoint != graphtest.Users {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if at = append(at, time.Now()); len(at) == 1 {
			return &graphtest.Fault{Status: 429, Header: http.Header{"Retry-After": {retryAfter()}}}
		}
		return nil
	})
	return func() []time.Time {
		mu.Lock()
		defer mu.Unlock()
		return at
	}
}
