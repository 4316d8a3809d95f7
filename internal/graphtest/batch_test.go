package graphtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

type partAnswer struct {
	ID      string
	Status  int
	Headers map[string]string
	Body    json.RawMessage
}

func (c client) batch(steps ...string) []partAnswer {
	c.t.Helper()
	var got struct{ Responses []partAnswer }
	c.do("POST", "/$batch", `{"requests":[`+strings.Join(steps, ",")+`]}`).decode(c.t, &got)
	return got.Responses
}

func stepOf(id int, url string, more ...string) string {
	return fmt.Sprintf(`{"id":"%d","method":"GET","url":%q%s}`, id, url, strings.Join(more, ""))
}

// TestBatch asks for known and unknown users, with dependencies.
func TestBatch(t *testing.T) {
	s, c, ids := world(t, 20, nil)
	var steps []string
	for i, id := range ids[:18] {
		steps = append(steps, stepOf(i, "/users/"+id+"?$select=id"))
	}
	steps = append(steps, stepOf(18, "users/"+someID), stepOf(19, "/users?$top=1", `,"dependsOn":["18"]`))
	got := c.batch(steps...)
	order := []string{}
	for _, p := range got {
		order = append(order, p.ID)
		switch p.ID {
		case "18":
			if p.Status != 404 || !strings.Contains(string(p.Body), "Request_ResourceNotFound") {
				t.Errorf("%+v", p)
			}
		case "19":
			if p.Status != 424 || !strings.Contains(string(p.Body), "FailedDependency") {
				t.Errorf("%+v", p)
			}
		default:
			var u struct{ ID string }
			if err := json.Unmarshal(p.Body, &u); err != nil || p.Status != 200 || u.ID != ids[atoi(p.ID)] {
				t.Errorf("%+v", p)
			}
			if p.Headers["OData-Version"] != "4.0" || !strings.HasPrefix(p.Headers["Content-Type"], "application/json") || p.Headers["x-ms-resource-unit"] != "1" {
				t.Errorf("headers %v", p.Headers)
			}
		}
	}
	if len(got) != 20 || slices.IsSortedFunc(order, func(a, b string) int { return atoi(a) - atoi(b) }) {
		t.Errorf("%d answers in the order %v", len(got), order)
	}
	n := s.Counters()
	if n.Requests != 1 || n.Parts != 20 || n.PartsOf[OneUser] != 19 || n.PartStatus[404] != 1 || n.PartStatus[424] != 1 || n.Units != 19 {
		t.Errorf("counters %+v", n)
	}
}

func atoi(s string) (n int) {
	_, _ = fmt.Sscan(s, &n)
	return n
}

// TestBatchParts have their own header, method, rights and place.
func TestBatchParts(t *testing.T) {
	_, c, _ := world(t, 3, nil)
	cases := []struct {
		name, step string
		status     int
	}{
		{"ConsistencyLevel of the part", stepOf(1, "/users?$filter=endswith(mail,'x')&$count=true", `,"headers":{"ConsistencyLevel":"eventual"}`), 200},
		{"without", stepOf(1, "/users?$filter=endswith(mail,'x')&$count=true"), 400},
		{"POST", `{"id":"1","method":"POST","url":"/directoryObjects/getByIds","headers":{"Content-Type":"application/json"},"body":{"ids":["` + someID + `"]}}`, 200},
		{"a batch in a batch", `{"id":"1","method":"POST","url":"/$batch","headers":{"Content-Type":"application/json"},"body":{}}`, 400},
		{"an absolute URL", stepOf(1, "https://graph.example/v1.0/users"), 400},
		{"a segment that is none", stepOf(1, "/noses"), 400},
	}
	for _, tc := range cases {
		if got := c.batch(tc.step); len(got) != 1 || got[0].Status != tc.status {
			t.Errorf("%s: %+v, want %d", tc.name, got, tc.status)
		}
	}
	c.token = c.s.Token(OrganizationReadAll)
	if got := c.batch(stepOf(1, "/organization"), stepOf(2, "/users")); got[0].Status+got[1].Status != 603 {
		t.Errorf("rights of the token: %+v", got)
	}
}

// TestBatchFaults spoils single parts.
func TestBatchFaults(t *testing.T) {
	s, c, ids := world(t, 4, nil)
	s.Fault(func(r *Request) *Fault {
		switch r.Part {
		case 1:
			return &Fault{Status: 429, Header: map[string][]string{"Retry-After": {"2.5"}}}
		case 2:
			return &Fault{Omit: true}
		case 3:
			return &Fault{HTML: true, Status: 503}
		}
		return nil
	})
	var steps []string
	for i, id := range ids {
		steps = append(steps, stepOf(i+1, "/users/"+id))
	}
	got := map[string]partAnswer{}
	for _, p := range c.batch(steps...) {
		got[p.ID] = p
	}
	if len(got) != 3 || got["1"].Status != 429 || got["1"].Headers["Retry-After"] != "2.5" || got["3"].Status != 503 || got["3"].Body[0] != '"' || got["4"].Status != 200 {
		t.Errorf("%+v", got)
	}
}
