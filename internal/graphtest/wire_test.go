package graphtest

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestGzip packs answers when asked, and takes packed requests.
func TestGzip(t *testing.T) {
	s, c, ids := world(t, 10, nil)
	if a := c.get("/users", "Accept-Encoding: gzip"); a.header.Get("Content-Encoding") != "gzip" || a.body[0] != 0x1f {
		t.Errorf("asked for: %v", a.header)
	}
	if a := c.get("/users", "Accept-Encoding: identity"); a.header.Get("Content-Encoding") != "" || a.body[0] != '{' {
		t.Errorf("not asked for: %v", a.header)
	}
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	if _, err := io.WriteString(z, idsBody(ids)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	const path = "/directoryObjects/getByIds"
	if p := c.do("POST", path, body.String(), "Content-Encoding: gzip").page(t); len(p.Value) != 10 {
		t.Errorf("%d objects", len(p.Value))
	}
	if a := c.do("POST", path, "x", "Content-Encoding: gzip"); a.status != 400 {
		t.Errorf("no gzip: %v", a)
	}
	if n := s.Counters(); n.NotGzipped != 1 || n.BytesIn != int64(len(idsBody(ids))) {
		t.Errorf("%+v", n)
	}
}

// TestHeaders of an answer.
func TestHeaders(t *testing.T) {
	s, c, _ := world(t, 1, nil)
	a := c.get("/users", "client-request-id: mine", "x-ms-throttle-priority: Low", "ConsistencyLevel: eventual")
	for name, want := range map[string]string{
		"client-request-id": "mine", "OData-Version": "4.0", "Cache-Control": "no-cache", "Content-Type": jsonType,
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, ok := parseGUID(a.header.Get("request-id")); !ok {
		t.Errorf("request-id %q", a.header.Get("request-id"))
	}
	b := c.get("/users")
	if b.header.Get("request-id") == a.header.Get("request-id") || b.header.Get("client-request-id") != b.header.Get("request-id") {
		t.Errorf("%v", b.header)
	}
	n := s.Counters()
	if n.Priorities["Low"] != 1 || n.Unadvanced != 1 || n.Requests != 2 || n.LastRequest != b.header.Get("request-id") {
		t.Errorf("%+v", n)
	}
	if s.ResetCounters(); s.Counters().Requests != 0 {
		t.Error("not reset")
	}
	if a := c.get(s.URL() + "/beta/users"); a.status != 400 {
		t.Errorf("beta: %v", a)
	}
}

// TestTCP is a server for other programs: by its certificate, on its port, with links that lead back to it.
func TestTCP(t *testing.T) {
	s := StartTCP(t, nil)
	s.PutAll(People(3, "contoso.example"))
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.CertPEM()) {
		t.Fatal("no certificate")
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer tr.CloseIdleConnections()
	for _, host := range []string{s.URL(), strings.Replace(s.URL(), "127.0.0.1", "localhost", 1)} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", host+"/v1.0/users?$top=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+s.Token(UserReadAll))
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(text), `"@odata.nextLink":"`+host+`/v1.0/users?`) {
			t.Errorf("asked %s: %s", host, text)
		}
	}
	c := client{t, s, s.Token(UserReadAll)}
	if p := c.get("/users").page(t); len(p.Value) != 3 {
		t.Errorf("%v", p)
	}
}

// TestConcurrently asks and changes at the same time, for the race detector.
func TestConcurrently(t *testing.T) {
	s, c, ids := world(t, 50, &Options{Size: Large})
	s.Lag(1)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 20 {
				id := ids[(w*20+i)%40]
				switch w {
				case 0:
					s.Change(id, func(u *User) { u.Mail = fmt.Sprint(i) })
				case 1:
					s.Delete(ids[40+i%10])
					s.Restore(ids[40+i%10])
				default:
					c.get(filter("mail eq 'user1@contoso.example'"))
					c.get("/users/delta")
					c.get("/directory/deletedItems/microsoft.graph.user")
					c.batch(stepOf(1, "/users/"+id), stepOf(2, "/organization"))
					c.do("POST", "/directoryObjects/getByIds", idsBody(ids))
				}
				s.Counters()
			}
		})
	}
	wg.Wait()
	if n := s.Counters(); n.InFlight < 1 || n.ByStatus[200] != n.Requests {
		t.Errorf("%+v", n)
	}
}
