package graphconn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// resolver is Resolve or Confirm.
type resolver func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error

// lookUp returns the answers about IDs. A call that answers one twice, or two at a time, fails the test.
func lookUp(t *testing.T, call resolver, ids ...string) ([]refresh.Lookup, error) {
	t.Helper()
	asked := make([]refresh.ID, len(ids))
	for i, id := range ids {
		asked[i] = refresh.ID(id)
	}
	got, seen := make([]refresh.Lookup, len(ids)), make([]bool, len(ids))
	busy := make(chan struct{}, 1)
	err := call(t.Context(), asked, func(i int, l refresh.Lookup) {
		select {
		case busy <- struct{}{}:
		default:
			t.Error("two answers at a time")
		}
		if seen[i] {
			t.Errorf("ID %d was answered twice", i)
		}
		got[i], seen[i] = l, true
		<-busy
	})
	return got, err
}

// describe puts a look-up into few words.
func describe(l refresh.Lookup) string {
	if m, ok := l.Mailbox(); ok {
		return fmt.Sprintf("found %s", m.Primary)
	}
	if a, ok := l.Absence(); ok {
		s := fmt.Sprintf("%s by %s", a.Reason, a.Proof)
		if a.DeletionUnknown {
			s += ", deletion unknown"
		}
		return s
	}
	for _, x := range []struct {
		err  error
		word string
	}{
		{refresh.ErrNoAnswer, "no answer"}, {refresh.ErrNotVisible, "not visible"}, {refresh.ErrOutOfScope, "out of scope"},
		{refresh.ErrForbidden, "forbidden"}, {refresh.ErrCredentials, "credentials"},
	} {
		if errors.Is(l.Err(), x.err) {
			return "failed: " + x.word
		}
	}
	if _, ok := errors.AsType[*refresh.ValueError](l.Err()); ok {
		return "failed: malformed"
	}
	return "failed"
}

func describeAll(ls []refresh.Lookup) (out []string) {
	for _, l := range ls {
		out = append(out, describe(l))
	}
	return out
}

// expect compares answers.
func expect(t *testing.T, what string, got []refresh.Lookup, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if have := describeAll(got); !slices.Equal(have, want) {
		t.Errorf("%s: answered\n\t%s\nwant\n\t%s", what, strings.Join(have, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// people puts n users and returns their IDs.
func people(s *graphtest.Server, n int) []string {
	return s.PutAll(graphtest.People(n, "contoso.example"))
}

// usersOnly are the least rights.
var usersOnly = []graphtest.Right{graphtest.UserReadAll}

// TestFates looks up users to whom everything has happened, with each profile of rights.
func TestFates(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		rights       []graphtest.Right
	}{
		{"Directory", "getByIds, and direct reads of any object", everyRight},
		{"Users", "filters, and direct reads of users", usersOnly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graphtest.Start(t, nil)
			ids := people(s, 6)
			s.Delete(ids[1])
			s.Delete(ids[2])
			s.Purge(ids[2])
			s.Delete(ids[3])
			s.Restore(ids[3])
			s.Change(ids[4], func(u *graphtest.User) { u.Proxies, u.Mail = nil, "" })
			s.Change(ids[5], func(u *graphtest.User) { u.Proxies = append(u.Proxies, "SMTP:second@contoso.example") })
			c := connect(t, s, nil, tt.rights...)
			want := []string{"found user0@contoso.example", "soft-deleted by tombstone", "gone by direct-read", "found user3@contoso.example", "found ", "failed: malformed", "gone by direct-read", "failed: malformed", "found user0@contoso.example"}
			asked := append(slices.Clone(ids), randomGUID(), "no guid", strings.ToUpper(ids[0]))
			for name, call := range map[string]resolver{"Resolve": c.Resolve, "Confirm": c.Confirm} {
				got, err := lookUp(t, call, asked...)
				expect(t, tt.reason+": "+name, got, err, want...)
				if m, _ := got[8].Mailbox(); string(m.ID) != asked[8] {
					t.Errorf("%s: asked for %s and answered under %s", name, asked[8], m.ID)
				}
				a, _ := got[1].Absence()
				if a.DeletedAt.IsZero() || !a.RestorableUntil.Equal(a.DeletedAt.AddDate(0, 0, 30)) {
					t.Errorf("%s: deleted at %v, restorable until %v", name, a.DeletedAt, a.RestorableUntil)
				}
			}
		})
	}
}

// TestManyGone has so many users gone that all deleted ones are listed first.
func TestManyGone(t *testing.T) {
	s := graphtest.Start(t, nil)
	ids := people(s, 1200)
	for i, id := range ids[:1100] {
		s.Delete(id)
		if i >= 1050 {
			s.Purge(id)
		}
	}
	c := connect(t, s, nil, everyRight...)
	got, err := lookUp(t, c.Resolve, ids...)
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, l := range got {
		word, _, _ := strings.Cut(describe(l), " ")
		n[word]++
	}
	if n["soft-deleted"] != 1050 || n["gone"] != 50 || n["found"] != 100 {
		t.Errorf("answered %v", n)
	}
	if k := s.Counters(); k.ByEndpoint[graphtest.DeletedUsers] != 2 || k.PartsOf[graphtest.DeletedItem] != 50 || k.PartsOf[graphtest.OneObject] != 50 {
		t.Errorf("asked %v and in batches %v, want a sweep of 2 pages, and 50 questions and direct reads for those that it did not find", k.ByEndpoint, k.PartsOf)
	}
}

// TestGoneInDoubt has direct reads end in all ways that are not Graph's word for an object that is not there.
func TestGoneInDoubt(t *testing.T) {
	html := graphtest.Fault{Status: 404, HTML: true}
	for _, tt := range []struct {
		name, reason string
		at           graphtest.Endpoint
		fault        graphtest.Fault
		want         string
	}{
		{"other 404", "a path that the service does not know is no object that it does not know", graphtest.OneObject, graphtest.Fault{Status: 404, Code: "ResourceNotFound"}, "failed"},
		{"proxy", "a proxy knows nothing of objects", graphtest.OneObject, html, "failed"},
		{"outage", "an outage says nothing", graphtest.OneObject, graphtest.Fault{Status: 503}, "failed"},
		{"bad request", "a refusal says nothing", graphtest.OneObject, graphtest.Fault{Status: 400}, "failed"},
		{"left out", "a hole in a batch says nothing", graphtest.OneObject, graphtest.Fault{Omit: true}, "failed"},
		{"deleted items forbidden", "whether it can be restored is not known", graphtest.DeletedItem, graphtest.Fault{Status: 403}, "gone by direct-read, deletion unknown"},
		{"deleted items out", "it may be there", graphtest.DeletedItem, graphtest.Fault{Status: 500}, "failed"},
		{"deleted items at a proxy", "it may be there", graphtest.DeletedItem, html, "failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graphtest.Start(t, nil)
			s.Fault(func(r *graphtest.Request) *graphtest.Fault {
				if r.Endpoint == tt.at {
					return &tt.fault
				}
				return nil
			})
			c := connect(t, s, nil, everyRight...)
			got, err := lookUp(t, c.Resolve, randomGUID())
			expect(t, tt.reason, got, err, tt.want)
		})
	}
}

// TestOddAnswers has getByIds answer what it should not.
func TestOddAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		rewrite      func(ids []string, body string) string
		want         []string
	}{
		{"twice", "which one is right is not ours to guess", func(ids []string, body string) string {
			return strings.Replace(body, `"value":[`, `"value":[{"@odata.type":"#microsoft.graph.user","id":"`+ids[0]+`"},`, 1)
		}, []string{"failed", "found user1@contoso.example"}},
		{"another", "an object that was not asked for is nobody's", func(ids []string, body string) string {
			return strings.Replace(body, `"value":[`, `"value":[{"@odata.type":"#microsoft.graph.user","id":"`+randomGUID()+`"},`, 1)
		}, []string{"found user0@contoso.example", "found user1@contoso.example"}},
		{"another type", "it is no user", func(ids []string, body string) string {
			return strings.ReplaceAll(body, "#microsoft.graph.user", "#microsoft.graph.device")
		}, []string{"failed: out of scope", "failed: out of scope"}},
		{"without an ID", "it may be any of them", func(ids []string, body string) string {
			return strings.Replace(body, ids[0], "", 1)
		}, []string{"failed", "found user1@contoso.example"}},
		{"addresses of another shape", "they cannot be read", func(ids []string, body string) string {
			return strings.ReplaceAll(body, `"proxyAddresses":[`, `"proxyAddresses":[1,`)
		}, []string{"failed", "failed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := graphtest.Start(t, nil)
			ids := people(s, 2)
			s.Fault(func(r *graphtest.Request) *graphtest.Fault {
				if r.Endpoint != graphtest.GetByIDs {
					return nil
				}
				return &graphtest.Fault{Rewrite: func(b []byte) []byte { return []byte(tt.rewrite(ids, string(b))) }}
			})
			got, err := lookUp(t, connect(t, s, nil, everyRight...).Resolve, ids...)
			expect(t, tt.reason, got, err, tt.want...)
		})
	}
}

// TestLimited has objects come with their ID alone.
func TestLimited(t *testing.T) {
	for _, bare := range []bool{false, true} {
		s := graphtest.Start(t, &graphtest.Options{BareLimited: bare})
		ids := people(s, 3)
		s.Conceal(ids[1])
		c := connect(t, s, nil, everyRight...)
		got, err := lookUp(t, c.Resolve, ids...)
		expect(t, "one is concealed", got, err, "found user0@contoso.example", "failed: not visible", "found user2@contoso.example")
		if !strings.Contains(got[1].Err().Error(), string(graphtest.UserReadAll)) {
			t.Errorf("the error does not name the permission: %v", got[1].Err())
		}
		got, err = lookUp(t, connect(t, s, nil, graphtest.GroupReadAll).Resolve, ids...)
		expect(t, "who may read groups only", got, err, "failed: not visible", "failed: not visible", "failed: not visible")
	}
}

// TestGroups looks up groups with and without Options.Groups.
func TestGroups(t *testing.T) {
	s := graphtest.Start(t, nil)
	g := s.PutGroup(graphtest.Group{DisplayName: "Sales", Mail: "sales@contoso.example", Proxies: []string{"SMTP:sales@contoso.example"}})
	u := people(s, 1)[0]
	with := quick()
	with.Groups = true
	for _, tt := range []struct {
		name, reason string
		opts         *graphconn.Options
		rights       []graphtest.Right
		want         string
	}{
		{"asked", "a group among users", with, everyRight, "found sales@contoso.example"},
		{"not asked", "it is there, so it is not gone", quick(), everyRight, "failed: out of scope"},
		{"users and groups", "groups are read one by one", with, []graphtest.Right{graphtest.UserReadAll}, "failed: forbidden"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, s, tt.opts, tt.rights...)
			s.ResetCounters()
			got, err := lookUp(t, c.Resolve, g.ID, u)
			expect(t, tt.reason, got, err, tt.want, "found user0@contoso.example")
			if m, ok := got[0].Mailbox(); ok && m.Kind != refresh.KindGroup {
				t.Errorf("its kind is %s", m.Kind)
			}
			if k := s.Counters(); tt.name == "asked" && k.Requests != 1 {
				t.Errorf("%d requests for a user and a group", k.Requests)
			}
		})
	}
}
