package graphtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// client asks a server as an application does, with plain net/http.
type client struct {
	t     testing.TB
	s     *Server
	token string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

// world starts a server with n users and a client that may read everything.
func world(t testing.TB, n int, opts *Options) (*Server, client, []string) {
	t.Helper()
	s := Start(t, opts)
	ids := s.PutAll(People(n, "contoso.example"))
	return s, client{t, s, s.Token(UserReadAll, DirectoryReadAll, OrganizationReadAll, GroupReadAll)}, ids
}

// try sends a request. target is below the version, or a whole URL; the header comes as "Name: value".
func (c client) try(method, target, body string, header ...string) (answer, error) {
	c.t.Helper()
	if !strings.HasPrefix(target, "https://") {
		target = c.s.URL() + "/v1.0" + target
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, strings.ReplaceAll(target, " ", "%20"), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for _, h := range header {
		k, v, _ := strings.Cut(h, ": ")
		req.Header.Set(k, v)
	}
	resp, err := c.s.Client().Do(req)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(resp.Body)
	if cerr := resp.Body.Close(); cerr != nil {
		c.t.Error(cerr)
	}
	// Every answer that a test gets is held against the schema, unless it is bent on purpose.
	if err == nil && c.s.faults.Load() == nil && resp.Header.Get("Content-Encoding") == "" && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		for _, wrong := range newConformity().answer(resp.StatusCode, text) {
			c.t.Errorf("%s %s: %s", method, target, wrong)
		}
	}
	return answer{resp.StatusCode, resp.Header, string(text), err}, nil
}

func (c client) do(method, target, body string, header ...string) answer {
	c.t.Helper()
	a, err := c.try(method, target, body, header...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, target, err)
	}
	return a
}

func (c client) get(target string, header ...string) answer {
	c.t.Helper()
	return c.do("GET", target, "", header...)
}

// collection is a page.
type collection struct {
	Context string           `json:"@odata.context"`
	Next    string           `json:"@odata.nextLink"`
	Delta   string           `json:"@odata.deltaLink"`
	Count   int              `json:"@odata.count"`
	Value   []map[string]any `json:"value"`
}

func (a answer) page(t testing.TB) collection {
	t.Helper()
	var p collection
	a.decode(t, &p)
	return p
}

func (a answer) decode(t testing.TB, into any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// refusal is an error body.
type refusal struct {
	Error struct {
		Code, Message string
		InnerError    map[string]string
	}
}

func (a answer) refusal(t testing.TB) refusal {
	t.Helper()
	var r refusal
	if err := json.Unmarshal([]byte(a.body), &r); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return r
}

func (p collection) column(name string) []string {
	out := []string{}
	for _, v := range p.Value {
		out = append(out, fmt.Sprint(v[name]))
	}
	return out
}

func filter(text string) string { return "/users?$select=id,mail&$filter=" + url.QueryEscape(text) }

func idsBody(ids []string, types ...string) string {
	text, err := json.Marshal(map[string][]string{"ids": ids, "types": types})
	if err != nil {
		panic(err)
	}
	return string(text)
}
