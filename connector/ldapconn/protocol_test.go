package ldapconn_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

func uuidOf(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func mailbox(n int) object {
	return object{fmt.Sprintf("uid=u%d,ou=People,%s", n, base), map[string][]string{
		"entryUUID": {uuidOf(n)}, "proxyAddresses": {fmt.Sprintf("SMTP:u%d@source.example", n)},
	}}
}

// TestBrokenProtocol gives wrong answers about five mailboxes, all of which are there. However the server breaks the
// protocol, and however orderly the end of its answer looks, none of them may be called gone.
func TestBrokenProtocol(t *testing.T) {
	// drop leaves the first entry out and puts something else in its place.
	drop := func(with ...func(id int64) []byte) func(int, int64, string, [][]byte) [][]byte {
		return func(_ int, id int64, _ string, out [][]byte) [][]byte {
			var list [][]byte
			for _, f := range with {
				list = append(list, f(id))
			}
			return append(list, out[1:]...)
		}
	}
	bytesOf := func(s string) func(int64) []byte { return func(int64) []byte { return []byte(s) } }
	end := func(code int) func(int, int64, string, [][]byte) [][]byte {
		return func(_ int, id int64, _ string, out [][]byte) [][]byte {
			out[len(out)-1] = result(id, ldap.ApplicationSearchResultDone, code)
			return out[1:]
		}
	}
	for _, tt := range []struct {
		name   string
		answer func(int, int64, string, [][]byte) [][]byte
		found  int // the others fail
		want   string
		reason string
	}{
		{"unasked entry", drop(func(id int64) []byte { return entry(id, mailbox(77)) }), 0, "not asked for", "whose answer is it?"},
		{"entry twice", drop(func(id int64) []byte { return entry(id, mailbox(3)) }), 0, "answered twice", "the other one may be lost"},
		{"entry without identity", drop(func(id int64) []byte {
			return entry(id, object{"uid=u0," + base, map[string][]string{"mail": {"a@b.example"}}})
		}), 0, "entryUUID", "it may be the missing one"},
		{"entry with a bad identity", drop(func(id int64) []byte {
			return entry(id, object{"uid=u0," + base, map[string][]string{"entryUUID": {"zero"}}})
		}), 0, "not a lower-case UUID", "it may be the missing one"},
		{"entry under another number", drop(func(id int64) []byte { return entry(id+1000, mailbox(0)) }), 0, "broke the protocol", "go-ldap drops it and goes on"},
		{"unreadable number", drop(bytesOf("\x30\x06\x04\x01\x01\x64\x01\x00")), 0, "broke the protocol", "go-ldap skips it and goes on"},
		{"extended response", drop(bytesOf("\x30\x0c\x02\x01\x05\x78\x07\x0a\x01\x00\x04\x00\x04\x00")), 0, "broke the protocol", "go-ldap ignores it"},
		{"intermediate response", drop(bytesOf("\x30\x05\x02\x01\x05\x79\x00")), 0, "broke the protocol", "nobody asked for one"},
		{"indefinite length", drop(bytesOf("\x30\x80\x02\x01\x05\x64\x00\x00")), 0, "broke the protocol", "LDAP forbids it"},
		{"too large", drop(bytesOf("\x30\x84\x7f\xff\xff\xff\x02\x01\x05\x64")), 0, "larger than 16 MiB", "memory is bounded"},
		{"empty message", drop(bytesOf("\x30\x00")), 0, "broke the protocol", ""},
		{"not BER", drop(bytesOf("<html>")), 0, "broke the protocol", ""},
		{"notice of disconnection", drop(bytesOf("\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x34\x04\x00\x04\x00")), 0, "", "the server goes down"},
		{"entry without attributes", drop(func(id int64) []byte { return []byte{0x30, 7, 2, 1, byte(id), 0x64, 2, 4, 0} }), 0, "", "malformed inside a good frame"},
		{"short end", func(_ int, id int64, _ string, out [][]byte) [][]byte {
			return append(out[1:len(out)-1], []byte{0x30, 8, 2, 1, byte(id), 0x65, 3, 0x0a, 1, 0})
		}, 0, "", "a result has three parts"},
		{"no end", func(_ int, _ int64, _ string, out [][]byte) [][]byte { return append(out[1:len(out)-1], nil) }, 0, "", "closed in good order before the end"},
		{"silence", func(_ int, _ int64, _ string, out [][]byte) [][]byte { return out[1 : len(out)-1] }, 0, "no complete answer within", "the end never comes"},
		{"size limit", end(ldap.LDAPResultSizeLimitExceeded), 0, "Size Limit Exceeded (LDAP result code 4)", "entries come with it"},
		{"time limit", end(ldap.LDAPResultTimeLimitExceeded), 0, "LDAP result code 3", ""},
		{"referral", end(ldap.LDAPResultReferral), 0, "LDAP result code 10", "never followed"},
		{"busy", end(ldap.LDAPResultBusy), 0, "LDAP result code 51", ""},
		{"unavailable", end(ldap.LDAPResultUnavailable), 0, "LDAP result code 52", ""},
		{"unknown code", end(4711), 0, "LDAP result code 4711", ""},
		{"no right", end(ldap.LDAPResultInsufficientAccessRights), 0, "LDAP result code 50", ""},
		{"reference", drop(func(id int64) []byte { return reference(id, "ldap://elsewhere.example/ou=Far,"+base) }), 4, "did not cover", "a part of the tree is elsewhere; what was found is found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := (&fake{entries: openLDAPRoot(), answer: tt.answer}).start(t)
			var ids []refresh.ID
			for n := range 5 {
				f.entries = append(f.entries, mailbox(n))
				ids = append(ids, refresh.ID(uuidOf(n)))
			}
			timeout := 10 * time.Second
			if tt.name == "silence" {
				timeout = 300 * time.Millisecond
			}
			c := f.open(t, timeout)
			start := time.Now()
			got, err := resolve(t.Context(), t, c, ids...)
			if took := time.Since(start); err != nil || took > 8*time.Second {
				t.Errorf("Resolve: %v after %v", err, took)
			}
			if diff := cmp.Diff(tally{Found: tt.found, Failed: 5 - tt.found}, count(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
			if err := got[0].Err(); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(fmt.Sprintf("%+v", err), "user000001@") {
				t.Errorf("the cause: %v, want %q and nothing of what the server says", err, tt.want)
			}
			if n := f.accepted.Load(); n > 4 {
				t.Errorf("%d connections: asking again must end", n)
			}
		})
	}
}

// TestSightPerConnection: the first connection breaks after a complete empty answer; what the second one sees does
// not prove that the first one saw anything. So the second one is asked itself.
func TestSightPerConnection(t *testing.T) {
	f := &fake{entries: openLDAPRoot()}
	var ids []refresh.ID
	for n := range 60 { // the first fifty do not exist
		ids = append(ids, refresh.ID(uuidOf(n)))
		if n >= 50 {
			f.entries = append(f.entries, mailbox(n))
		}
	}
	var again atomic.Int64
	f.answer = func(_ int, _ int64, filter string, out [][]byte) [][]byte {
		switch {
		case f.accepted.Load() > 1:
			again.Add(int64(strings.Count(filter, "(entryUUID=") - strings.Count(filter, "(entryUUID=*")))
			return out
		case strings.Contains(filter, uuidOf(50)):
			return nil // the connection ends before this batch is answered
		}
		return append(out, nil)
	}
	c := f.start(t).open(t, 10*time.Second)
	got, err := resolve(t.Context(), t, c, ids...)
	must(t, err)
	if diff := cmp.Diff(tally{Found: 10, NotFound: 50}, count(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := again.Load(); n < 60 {
		t.Errorf("the second connection was asked about %d of 60", n)
	}
}

// TestTaint: an answer that is wrong makes every absence of that connection doubtful, also in other batches.
func TestTaint(t *testing.T) {
	f := &fake{entries: openLDAPRoot()}
	var ids []refresh.ID
	for n := range 100 {
		ids = append(ids, refresh.ID(uuidOf(n)))
		if n != 7 { // really gone, in the first of four batches
			f.entries = append(f.entries, mailbox(n))
		}
	}
	// The other batches are answered first, in good order, that with the gone one among them; then one with an entry beside. When
	// the gone one is asked for again, there is one beside, too.
	var late [][]byte
	others := 0
	f.answer = func(_ int, id int64, filter string, out [][]byte) [][]byte {
		wrong := append([][]byte{pause, entry(id, mailbox(77)), entry(id, mailbox(7))}, out...)
		switch {
		case others == 3:
			return wrong
		case strings.Contains(filter, uuidOf(60)):
			late = wrong
			return nil
		}
		if others++; others == 3 {
			out = append(out, late...)
		}
		return out
	}
	c := f.start(t).open(t, 10*time.Second)
	got, err := resolve(t.Context(), t, c, ids...)
	must(t, err)
	if diff := cmp.Diff(tally{Found: 71, Failed: 29}, count(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSightByIdentity: mailboxes are visible, but not by the question that the look-ups ask.
func TestSightByIdentity(t *testing.T) {
	f := &fake{entries: append(openLDAPRoot(), mailbox(1)), answer: func(_ int, _ int64, filter string, out [][]byte) [][]byte {
		if !strings.Contains(filter, "entryUUID=*") {
			return out[len(out)-1:]
		}
		return out
	}}
	c := f.start(t).open(t, 10*time.Second)
	got, err := resolve(t.Context(), t, c, refresh.ID(uuidOf(2)))
	must(t, err)
	if !errors.Is(got[0].Err(), refresh.ErrNotVisible) {
		t.Errorf("%s, want not visible", word(got[0]))
	}
}

// TestGivesUp: a server that breaks every connection is asked a bounded number of times.
func TestGivesUp(t *testing.T) {
	f := &fake{entries: append(openLDAPRoot(), mailbox(0)), answer: func(int, int64, string, [][]byte) [][]byte { return [][]byte{nil} }}
	c := f.start(t).open(t, 10*time.Second)
	var ids []refresh.ID
	for n := range 2000 {
		ids = append(ids, refresh.ID(uuidOf(n)))
	}
	got, err := resolve(t.Context(), t, c, ids...)
	must(t, err)
	if n := count(got); n.Failed != len(ids) {
		t.Errorf("%+v", n)
	}
	if n := f.accepted.Load(); n > 7 { // four lines, and three lost in a row
		t.Errorf("%d connections for a call that cannot succeed", n)
	}
}

func TestNonUTF8(t *testing.T) {
	f := &fake{entries: openLDAPRoot()}
	for n, change := range []map[string][]string{
		{"proxyAddresses": {"SMTP:a\xff@source.example"}}, {"displayName": {"M\xfcller"}}, {"uid": {"\xc3"}}, {"proxyAddresses": {"SMTP:a@source.example", "smtp:\xe9@source.example"}},
	} {
		o := mailbox(n)
		for k, v := range change {
			o.attrs[k] = v
		}
		f.entries = append(f.entries, o)
	}
	c := f.start(t).open(t, 10*time.Second)
	got, err := resolve(t.Context(), t, c, refresh.ID(uuidOf(0)), refresh.ID(uuidOf(1)), refresh.ID(uuidOf(2)), refresh.ID(uuidOf(3)))
	must(t, err)
	for i, l := range got {
		v, ok := errors.AsType[*refresh.ValueError](l.Err())
		if !ok || !strings.Contains(v.Problem, "not UTF-8") || bytes.ContainsAny([]byte(fmt.Sprintf("%+v", l.Err())), "\xff\xfc") {
			t.Errorf("mailbox %d: %v, want a value error that does not show the value", i, l.Err())
		}
	}
}

// TestSystems: servers that are none of the three are refused, and so are several naming contexts without a base.
func TestSystems(t *testing.T) {
	for _, tt := range []struct {
		name string
		root map[string][]string
		want string
	}{
		{"unknown", map[string][]string{"namingContexts": {base}, "vendorName": {"Example"}}, "neither Active Directory"},
		{"two contexts", map[string][]string{"namingContexts": {base, "dc=b"}, "structuralObjectClass": {"OpenLDAProotDSE"}}, "2 naming contexts"},
		{"none", map[string][]string{"structuralObjectClass": {"OpenLDAProotDSE"}}, "0 naming contexts"},
	} {
		f := (&fake{entries: []object{{"", tt.root}}}).start(t)
		_, err := openInsecure(t, f.addr)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func Test389(t *testing.T) {
	const id = "0c1d148b-01434234-8265f2f8-d891d4c0"
	f := (&fake{entries: []object{
		{"", map[string][]string{"vendorName": {"389 Project"}, "namingContexts": {base}}},
		{base, map[string][]string{"nsUniqueId": {"AAAAAAAA-01434234-8265f2f8-d891d4c0"}}},
		{"uid=a," + base, map[string][]string{"nsUniqueId": {id}, "mail": {"a@source.example"}, "uid": {"a"}}},
	}}).start(t)
	c := f.open(t, 10*time.Second)
	got, err := resolve(t.Context(), t, c, id, "0c1d148b-01434234-8265f2f8-d891d4c1", "0c1d148b-0143-4234-8265-f2f8d891d4c0")
	must(t, err)
	if n := count(got); n != (tally{1, 1, 1}) {
		t.Errorf("%+v: %s", n, word(got[0]))
	}
	d, err := c.Inspect(t.Context())
	must(t, err)
	if diff := cmp.Diff(refresh.Directory{System: "389 Directory Server", Pin: base + " aaaaaaaa-01434234-8265f2f8-d891d4c0", Name: base, Server: f.addr}, d); diff != "" {
		t.Errorf("Inspect (-want +got):\n%s", diff)
	}
}

// TestSightPerCall: what an earlier call saw on the same connection proves nothing for a later one, because rights may
// have been taken away between them.
func TestSightPerCall(t *testing.T) {
	var hide atomic.Bool
	f := &fake{entries: append(openLDAPRoot(), mailbox(1)), answer: func(_ int, _ int64, _ string, out [][]byte) [][]byte {
		if hide.Load() {
			return out[len(out)-1:]
		}
		return out
	}}
	c := f.start(t).open(t, 10*time.Second)
	got, err := resolve(t.Context(), t, c, refresh.ID(uuidOf(1)), refresh.ID(uuidOf(2)))
	must(t, err)
	if diff := cmp.Diff(tally{Found: 1, NotFound: 1}, count(got)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	hide.Store(true)
	got, err = resolve(t.Context(), t, c, refresh.ID(uuidOf(1)), refresh.ID(uuidOf(2)))
	must(t, err)
	if n := count(got); n.NotFound > 0 || !errors.Is(got[0].Err(), refresh.ErrNotVisible) {
		t.Errorf("after: %+v, %s", n, word(got[0]))
	}
}
