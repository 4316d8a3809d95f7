package ldapconn_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/ldaptest"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestTrackNot: what does not tell what changed says so beforehand.
func TestTrackNot(t *testing.T) {
	try := func(t *testing.T, c *ldapconn.Connector) {
		t.Helper()
		if c.Info().Can.Has(refresh.CanTrack) {
			t.Error("it says that it can")
		}
		if _, err := c.Mark(t.Context()); !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, refresh.ErrCursorExpired) {
			t.Errorf("Mark: %v, want unsupported", err)
		}
		if _, err := c.Changes(t.Context(), refresh.Cursor{Token: "ol1;20250102030405.123456Z#000000#001#000000;x"}); err == nil {
			t.Error("Changes: no error")
		}
	}
	t.Run("389", func(t *testing.T) {
		h := inProcess{cfg: ldaptest.Config{System: ldaptest.Directory389}, as: ldaptest.Reader}.hands(t)
		try(t, open(t, h.config(ldaptest.Reader), nil))
	})
	t.Run("slapd without the overlay", func(t *testing.T) {
		s := slapdtest.Run(t, slapdtest.Config{People: slapdtest.People(3, "source.example"), Sync: slapdtest.NoSync})
		try(t, open(t, config(s, slapdtest.Reader), nil))
	})
}

// marked takes a mark that has to succeed.
func marked(t *testing.T, c *ldapconn.Connector) refresh.Cursor {
	t.Helper()
	m, err := c.Mark(t.Context())
	must(t, err)
	return m
}

// TestTrackStale: who cannot say what was deleted must not be believed.
func TestTrackStale(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		sync         slapdtest.Sync
		restart      bool
		quiet        error // when nothing changed
		want         error
	}{
		{"log", "it has a log", slapdtest.SyncLog, false, nil, nil},
		{"no log", "it names what is still there", slapdtest.SyncNoLog, false, nil, refresh.ErrCursorExpired},
		{"short log", "its log began later", slapdtest.SyncShortLog, false, nil, refresh.ErrCursorExpired},
		{"restart", "its log was lost", slapdtest.SyncLog, true, nil, refresh.ErrCursorExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			people := slapdtest.People(5, "source.example")
			s := slapdtest.Run(t, slapdtest.Config{People: people, Sync: tt.sync})
			c := open(t, config(s, slapdtest.Reader), nil)
			since := marked(t, c)
			if page, err := c.Changes(t.Context(), since); !errors.Is(err, tt.quiet) || len(page.IDs) > 0 {
				t.Errorf("when nothing changed: %v, %v", page.IDs, err)
			}
			for i := range 3 {
				must(t, s.Replace(s.PersonDN(people[0].UID), "displayName", fmt.Sprint(i)))
			}
			must(t, s.Delete(s.PersonDN(people[1].UID)))
			if tt.restart {
				must(t, s.Restart(t.Context()))
			}
			page, err := c.Changes(t.Context(), since)
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v: %s", err, tt.want, tt.reason)
			}
			if tt.want == nil {
				want := []refresh.ID{refresh.ID(people[0].ID), refresh.ID(people[1].ID)}
				slices.Sort(want)
				if diff := cmp.Diff(want, page.IDs); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestTrackRestartedServer: a session that a restart broke is made anew.
func TestTrackRestartedServer(t *testing.T) {
	s := slapdtest.Run(t, slapdtest.Config{People: slapdtest.People(3, "source.example")})
	c := open(t, config(s, slapdtest.Reader), nil)
	marked(t, c)
	must(t, s.Restart(t.Context()))
	since := marked(t, c)
	must(t, s.Delete(s.PersonDN("user000001")))
	if page, err := c.Changes(t.Context(), since); err != nil || len(page.IDs) != 1 {
		t.Errorf("%v, %v; want the deletion", page.IDs, err)
	}
}

// TestTrackReaders measures what each account of a real OpenLDAP server is told, and that nobody who may take a mark is told less
// than everything.
func TestTrackReaders(t *testing.T) {
	people := slapdtest.People(60, "source.example")
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	cursors := map[slapdtest.Account]refresh.Cursor{}
	accounts := map[slapdtest.Account]*ldapconn.Connector{}
	for _, a := range []slapdtest.Account{slapdtest.Reader, slapdtest.Bulk, slapdtest.Small, slapdtest.Blind, slapdtest.Veiled, slapdtest.NoID, slapdtest.Frail, slapdtest.NoCSN, slapdtest.Unsure} {
		c := open(t, config(s, a), nil)
		accounts[a] = c
		m, err := c.Mark(t.Context())
		if err != nil && !errors.Is(err, refresh.ErrForbidden) {
			t.Errorf("%s: %v, want ErrForbidden", a, err)
		}
		cursors[a] = m
	}
	var want []refresh.ID
	for i := range 30 {
		must(t, s.SetAddresses(people[i].UID, []string{people[i].UID + "@new.example"}, nil))
		want = append(want, refresh.ID(people[i].ID))
	}
	must(t, s.SetAddresses(people[30].UID, nil, nil), s.Delete(s.PersonDN(people[31].UID)), s.Rename(s.PersonDN(people[32].UID), "uid=z", ""))
	want = append(want, refresh.ID(people[30].ID), refresh.ID(people[31].ID), refresh.ID(people[32].ID))
	slices.Sort(want)
	for a, c := range accounts {
		may := a == slapdtest.Reader || a == slapdtest.Bulk || a == slapdtest.Small
		if may == cursors[a].IsZero() {
			t.Errorf("%s: Mark succeeded %v, want %v", a, !cursors[a].IsZero(), may)
		}
		since := cursors[slapdtest.Bulk] // another reader's mark is a good one
		page, err := c.Changes(t.Context(), since)
		switch {
		case may && err != nil:
			t.Errorf("%s: %v", a, err)
		case may:
			if diff := cmp.Diff(want, page.IDs); diff != "" {
				t.Errorf("%s (-want +got):\n%s", a, diff)
			}
		case !errors.Is(err, refresh.ErrForbidden):
			t.Errorf("%s: %v, want ErrForbidden", a, err)
		}
	}
}

// TestTrackCursors: cursors that are not of this server and this life of its database.
func TestTrackCursors(t *testing.T) {
	edit := func(field int, value string) func(string) string {
		return func(token string) string {
			f := strings.Split(token, ":")
			f[field] = value
			return strings.Join(f, ":")
		}
	}
	const other = "01234567-89ab-4cde-8f01-23456789abcd"
	for _, tt := range []struct {
		name string
		edit func(string) string
		want error
	}{
		{"as it was", func(s string) string { return s }, nil},
		{"an older one", edit(3, "1"), nil},
		{"another domain controller", edit(1, other), refresh.ErrCursorExpired},
		{"another database", edit(2, other), refresh.ErrCursorExpired},
		{"of the future", edit(3, "999999999"), refresh.ErrCursorExpired},
		{"the largest number", edit(3, "9223372036854775807"), refresh.ErrCursorExpired},
		{"a negative number", edit(3, "-1"), refresh.ErrCursorExpired},
		{"a number with a plus", edit(3, "+1"), refresh.ErrCursorExpired},
		{"a filter", edit(3, "1)(cn=*"), refresh.ErrCursorExpired},
		{"of a catalog", edit(0, "ad1;catalog"), refresh.ErrCursorExpired},
		{"a later version", edit(0, "ad2;home"), refresh.ErrCursorExpired},
		{"of two places", func(s string) string { return s + strings.TrimPrefix(s, "ad1") }, refresh.ErrCursorExpired},
		{"of none", func(string) string { return "ad1" }, refresh.ErrCursorExpired},
	} {
		t.Run("AD/"+tt.name, func(t *testing.T) {
			h := inProcess{as: ldaptest.Auditor}.hands(t)
			c := open(t, h.config(ldaptest.Auditor), nil)
			m := marked(t, c)
			m.Token = tt.edit(m.Token)
			if page, err := c.Changes(t.Context(), m); !errors.Is(err, tt.want) || err != nil && len(page.IDs) > 0 {
				t.Errorf("%v, %v; want %v", page, err, tt.want)
			}
		})
	}
	s := slapdtest.Run(t, slapdtest.Config{People: slapdtest.People(3, "source.example")})
	c := open(t, config(s, slapdtest.Reader), nil)
	m := marked(t, c)
	must(t, s.Delete(s.PersonDN("user000001")))
	csn := strings.Split(m.Token, ";")[1]
	for _, tt := range []struct {
		name, csn string
		want      error
	}{
		{"as it was", csn, nil},
		{"of the future", "9" + csn[1:], refresh.ErrCursorExpired},
		{"ancient", "1" + csn[1:], refresh.ErrCursorExpired},
		{"of another server that writes", csn[:30] + "00f" + csn[33:], refresh.ErrCursorExpired},
		{"and of another server that writes", csn + "," + csn[:30] + "00f" + csn[33:], refresh.ErrCursorExpired},
		{"no number", "20250102", refresh.ErrCursorExpired},
		{"none", "", refresh.ErrCursorExpired},
		{"a filter", csn[:39] + ")", refresh.ErrCursorExpired},
	} {
		t.Run("slapd/"+tt.name, func(t *testing.T) {
			x := m
			x.Token = strings.Replace(m.Token, csn, tt.csn, 1)
			if page, err := c.Changes(t.Context(), x); !errors.Is(err, tt.want) || err == nil && len(page.IDs) != 1 {
				t.Errorf("%v, %v; want %v", page, err, tt.want)
			}
		})
	}
	x := m
	x.Token += "0" // another port
	if page, err := c.Changes(t.Context(), x); !errors.Is(err, refresh.ErrCursorExpired) {
		t.Errorf("of a replica: %v, %v", page, err)
	}
}
