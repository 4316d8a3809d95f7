package proptest

import (
	"errors"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// checkWarnings: rule 8 of the design, and ExpectDomain.
func (h *history) checkWarnings(o *outing) {
	for s, f := range o.facts {
		has := func(code refresh.WarningCode) bool {
			return slices.ContainsFunc(o.res.Warnings, func(w refresh.Warning) bool { return w.Code == code && w.Side == s })
		}
		at := h.job.Endpoint(s)
		inspects := o.recs[s].Info().Can.Has(refresh.CanInspect)
		unread := !inspects || f.inspected && errors.Is(f.inspectErr, refresh.ErrForbidden)
		for _, tt := range []struct {
			code     refresh.WarningCode
			must, no bool
		}{
			{refresh.WarnUnpinned, at.Pin == "" && (f.inspected || !inspects) && (f.inspectErr == nil || unread), at.Pin != ""},
			{refresh.WarnPinUnverified, at.Pin != "" && unread, at.Pin == "" || f.inspected && f.inspectErr == nil},
			{refresh.WarnConnector, broken(f), !broken(f)},
			{refresh.WarnReconfigure, h.lostDomain(f, at), !h.lostDomain(f, at) && !rejected(f)},
		} {
			if tt.must && !has(tt.code) || tt.no && has(tt.code) {
				h.fail("warnings", "%s: %s wanted %t, unwanted %t, got %s", s, tt.code, tt.must, tt.no, asJSON(o.res.Warnings))
			}
		}
		h.checkExpected(o, s)
		h.checkNoIdentity(o, s)
	}
}

// lostDomain reports whether the directory no longer accepts the domain of the configured account. It never does for
// the initial domain, nor for names that are no addresses.
func (h *history) lostDomain(f *facts, at refresh.Endpoint) bool {
	domain := refresh.Address(at.Account).Domain()
	return strings.HasSuffix(domain, ".example") && f.inspected && f.inspectErr == nil && f.directory.Accepts(domain) == refresh.No
}

// rejected reports whether a look-up said that the credentials are rejected.
func rejected(f *facts) bool {
	if errors.Is(f.findErr, refresh.ErrCredentials) {
		return true
	}
	for _, c := range []*round{f.first, f.second} {
		if c == nil {
			continue
		}
		if errors.Is(c.err, refresh.ErrCredentials) {
			return true
		}
		for _, id := range c.answered() {
			if errors.Is(c.said(id).lookup.Err(), refresh.ErrCredentials) {
				return true
			}
		}
	}
	return false
}

// broken reports whether the connector broke its contract: it answered twice, or with another object.
func broken(f *facts) bool {
	for _, c := range []*round{f.first, f.second} {
		for _, id := range c.answered() {
			said := c.said(id)
			if m, ok := said.lookup.Mailbox(); said.twice || ok && m.ID != id {
				return true
			}
		}
	}
	return false
}

// checkExpected: the rows that did not move to the expected domain are listed.
func (h *history) checkExpected(o *outing, s refresh.Side) {
	var want, got []string
	for _, r := range o.res.Rows {
		if r.Side == s && r.Outcome == refresh.NotChanged && r.Before.Primary.Domain() != refresh.Address("@"+o.opts.ExpectDomain).Domain() {
			want = append(want, r.Key)
		}
	}
	if o.opts.ExpectDomain == "" || o.facts[s].directory.Accepts(o.opts.ExpectDomain) == refresh.No {
		want = nil
	}
	for _, w := range o.res.Warnings {
		if w.Code == refresh.WarnExpectedDomain && w.Side == s {
			got = append(got, w.Keys...)
		}
	}
	if !slices.Equal(got, want) {
		h.fail("warnings", "%s: rows %s did not move to %q, listed are %s", s, want, o.opts.ExpectDomain, got)
	}
}

// checkNoIdentity: the selected rows that have an address and no ID are listed, those of the job and not of the result.
func (h *history) checkNoIdentity(o *outing, s refresh.Side) {
	var want, got []string
	for _, m := range h.job.Matches {
		if o.selected[m.Key] && m.Origin(s) == refresh.Manual {
			want = append(want, m.Key)
		}
	}
	for _, w := range o.res.Warnings {
		if w.Code == refresh.WarnNoIdentity && w.Side == s {
			got = append(got, w.Keys...)
		}
	}
	if !slices.Equal(got, want) {
		h.fail("warnings", "%s: rows %s have no identity, listed are %s", s, want, got)
	}
}
