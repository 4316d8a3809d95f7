package graphconn

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

// sent is what a $batch asks.
type sent struct {
	Requests []struct{ ID, Method, URL string }
}

// partOf is an answer to a part.
func partOf(id string, status int, body any, headers ...string) map[string]any {
	h := map[string]string{"Content-Type": "application/json"}
	for i := 0; i < len(headers); i += 2 {
		h[headers[i]] = headers[i+1]
	}
	return map[string]any{"id": id, "status": status, "headers": h, "body": body}
}

func refusalOf(code string) any {
	return map[string]any{"error": map[string]string{"code": code, "message": someAddress}}
}

// batches answers each part as do says, from the last to the first; n is how often its path was asked before.
func batches(t *testing.T, do func(id, url string, n int) []map[string]any) (http.HandlerFunc, *sync.Map) {
	var asked sync.Map
	return func(w http.ResponseWriter, r *http.Request) {
		var s sent
		if err := json.NewDecoder(r.Body).Decode(&s); err != nil || r.Method != "POST" || r.URL.Path != "/v1.0/$batch" || len(s.Requests) > maxParts {
			t.Errorf("%s %s with %d parts, %v", r.Method, r.URL, len(s.Requests), err)
		}
		time.Sleep(10 * time.Millisecond) // several are in flight at a time
		out := []map[string]any{}
		for i := len(s.Requests) - 1; i >= 0; i-- {
			p := s.Requests[i]
			if p.Method != "GET" {
				t.Errorf("a part is %s", p.Method)
			}
			n, _ := asked.LoadOrStore(p.URL, new(atomic.Int64))
			out = append(out, do(p.ID, p.URL, int(n.(*atomic.Int64).Add(1)))...)
		}
		reply(w, 200, map[string]any{"responses": out})
	}, &asked
}

func partsOf(n int) []part {
	out := make([]part, n)
	for i := range out {
		out[i] = part{path: "/users/" + strconv.Itoa(i), units: 1}
	}
	return out
}

// outcomes collects answers, one for each part.
func outcomes(t *testing.T, into map[int]partAnswer) func(int, partAnswer) {
	return func(i int, a partAnswer) {
		if _, twice := into[i]; twice {
			t.Errorf("part %d is answered twice", i)
		}
		into[i] = a
	}
}

// TestBatch: each part gets its own answer, in whatever order they come; what may pass is asked again.
func TestBatch(t *testing.T) {
	one := func(p map[string]any) []map[string]any { return []map[string]any{p} }
	for _, tt := range []struct {
		name, reason string
		bad          func(id string, n int) []map[string]any // to the paths ending in 7
		status       int                                     // in the end
		low, high    time.Duration
		asked        int64 // how often; 0 for often
		is           error
	}{
		{"404", "final", func(id string, _ int) []map[string]any {
			return one(partOf(id, 404, refusalOf("Request_ResourceNotFound")))
		}, 404, 0, 0, 1, nil},
		{"403", "final", func(id string, _ int) []map[string]any {
			return one(partOf(id, 403, refusalOf("Authorization_RequestDenied")))
		}, 403, 0, 0, 1, refresh.ErrForbidden},
		{"429 once", "after its Retry-After", func(id string, n int) []map[string]any {
			if n == 1 {
				return one(partOf(id, 429, refusalOf("TooManyRequests"), "Retry-After", "2.5"))
			}
			return one(partOf(id, 200, map[string]string{"id": id}))
		}, 200, 2500 * time.Millisecond, 3 * time.Second, 2, nil},
		{"429, different times", "after the longest", func(id string, n int) []map[string]any {
			if n == 1 {
				k, _ := strconv.Atoi(id)
				return one(partOf(id, 429, refusalOf("TooManyRequests"), "retry-after", strconv.Itoa(k)))
			}
			return one(partOf(id, 200, map[string]string{"id": id}))
		}, 200, 18 * time.Second, 19 * time.Second, 2, nil},
		{"429 for ever", "until patience ends", func(id string, _ int) []map[string]any {
			return one(partOf(id, 429, refusalOf("TooManyRequests"), "Retry-After", "60"))
		}, 429, 9 * time.Minute, 10 * time.Minute, 0, nil},
		{"424", "asked again", func(id string, n int) []map[string]any {
			if n <= 2 {
				return one(partOf(id, 424, refusalOf("FailedDependency")))
			}
			return one(partOf(id, 200, map[string]string{"id": id}))
		}, 200, 500 * time.Millisecond, 3 * time.Second, 3, nil},
		{"500 for ever", "eight times", func(id string, _ int) []map[string]any {
			return one(partOf(id, 500, refusalOf("InternalServerError")))
		}, 500, 20 * time.Second, 70 * time.Second, maxTries, nil},
		{"401 once", "a new token", func(id string, n int) []map[string]any {
			if n == 1 {
				return one(partOf(id, 401, refusalOf("InvalidAuthenticationToken")))
			}
			return one(partOf(id, 200, map[string]string{"id": id}))
		}, 200, 0, time.Second, 2, nil},
		{"401 for ever", "credentials", func(id string, _ int) []map[string]any {
			return one(partOf(id, 401, refusalOf("InvalidAuthenticationToken")))
		}, 401, 0, 2 * time.Second, 2, refresh.ErrCredentials},
		{"missing once", "asked again", func(id string, n int) []map[string]any {
			if n == 1 {
				return nil
			}
			return one(partOf(id, 200, map[string]string{"id": id}))
		}, 200, 0, time.Second, 2, nil},
		{"missing for ever", "it is no 404", func(string, int) []map[string]any { return nil }, 0, 20 * time.Second, 70 * time.Second, maxTries, errPartMissing},
		{"twice", "neither is believed", func(id string, _ int) []map[string]any {
			return []map[string]any{partOf(id, 404, refusalOf("Request_ResourceNotFound")), partOf(id, 200, map[string]string{"id": id})}
		}, 0, 20 * time.Second, 70 * time.Second, maxTries, errPartTwice},
		{"no object", "nothing was read", func(id string, _ int) []map[string]any { return one(partOf(id, 200, nil)) }, 0, 20 * time.Second, 70 * time.Second, maxTries, errPartShape},
		{"text", "a proxy's page", func(id string, _ int) []map[string]any {
			return one(partOf(id, 200, "PGh0bWw+", "Content-Type", "text/html"))
		}, 0, 20 * time.Second, 70 * time.Second, maxTries, errPartShape},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				do, asked := batches(t, func(id, url string, n int) []map[string]any {
					if url[len(url)-1] == '7' {
						return tt.bad(id, n)
					}
					return []map[string]any{partOf(id, 200, map[string]string{"id": url})}
				})
				f, got := serve(t, do), map[int]partAnswer{}
				must(t, f.connect(nil).batch(t.Context(), "read", partsOf(50), outcomes(t, got)))
				between(t, tt.reason, time.Since(f.start), tt.low, tt.high+time.Second)
				for i := range 50 {
					a, ok := got[i]
					path := "/users/" + strconv.Itoa(i)
					if i%10 != 7 {
						if a.err != nil || a.status != 200 || string(a.body) != fmt.Sprintf(`{"id":%q}`, path) {
							t.Errorf("part %d: %+v", i, a)
						}
						continue
					}
					if !ok || a.status != tt.status || (a.err == nil) != (tt.status == 200) || tt.is != nil && !errors.Is(a.err, tt.is) || notFound(a.err) != (tt.status == 404) {
						t.Errorf("part %d: %t %+v", i, ok, a)
					}
					n, _ := asked.Load(path)
					if k := n.(*atomic.Int64).Load(); tt.asked > 0 && k != tt.asked {
						t.Errorf("part %d was asked %d times", i, k)
					}
				}
			})
		})
	}
}

// TestBatchMatch: answers are matched by ID alone.
func TestBatchMatch(t *testing.T) {
	ok := func(id string) batchReply { return batchReply{ID: id, Status: 200} }
	for _, tt := range []struct {
		name string
		got  []batchReply
		want []error
	}{
		{"in order", []batchReply{ok("1"), ok("2"), ok("3")}, []error{nil, nil, nil}},
		{"other order", []batchReply{ok("3"), ok("1"), ok("2")}, []error{nil, nil, nil}},
		{"missing", []batchReply{ok("3"), ok("1")}, []error{nil, errPartMissing, nil}},
		{"twice", []batchReply{ok("3"), ok("1"), ok("3"), ok("3")}, []error{nil, errPartMissing, errPartTwice}},
		{"not asked", []batchReply{ok("1"), ok("2"), ok("3"), ok("4")}, []error{errPartTwice, errPartTwice, errPartTwice}},
		{"spelled otherwise", []batchReply{ok("01"), ok("2"), ok("3")}, []error{errPartTwice, errPartTwice, errPartTwice}},
		{"no number", []batchReply{ok("x")}, []error{errPartTwice, errPartTwice, errPartTwice}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []error
			for _, r := range (&batchAnswer{Responses: &tt.got}).match(3) {
				got = append(got, r.broken)
			}
			if d := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b error) bool { return a == b })); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestBatchEnds: what a whole batch request meets is for all of its parts, or ends everything.
func TestBatchEnds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		code   string
		all    error // of batch; nil where each part has it
	}{
		{"credentials", 401, "InvalidAuthenticationToken", refresh.ErrCredentials},
		{"rights", 403, "Authorization_RequestDenied", refresh.ErrForbidden},
		{"away", 503, "ServiceUnavailable", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, got := serve(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, tt.status, tt.code) }), map[int]partAnswer{}
				err := f.connect(nil).batch(t.Context(), "read", partsOf(1000), outcomes(t, got))
				between(t, "all", time.Since(f.start), 0, 11*time.Minute)
				switch {
				case tt.all != nil:
					if !errors.Is(err, tt.all) || len(got) > 0 {
						t.Errorf("%v, %d answers", err, len(got))
					}
				case err != nil || len(got) != 1000:
					t.Errorf("%v, %d answers", err, len(got))
				default:
					for i, a := range got {
						if statusOf(a.err) != tt.status {
							t.Errorf("part %d: %v", i, a.err)
						}
					}
				}
			})
		})
	}
}
