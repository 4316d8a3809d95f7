package graphconn

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestFollow: links are followed to the pinned scheme, host and port only.
func TestFollow(t *testing.T) {
	for _, tt := range []struct {
		name, link string
		ok         bool
		reason     string
	}{
		{"same", "https://graph.microsoft.com/v1.0/users?$skiptoken=x", true, "the usual one"},
		{"no path", "https://graph.microsoft.com", true, "strange, but the same place"},
		{"case of the host", "https://Graph.Microsoft.COM/v1.0/users", true, "host names have no case"},
		{"case of the scheme", "HTTPS://graph.microsoft.com/v1.0/users", true, "schemes have no case"},
		{"the usual port", "https://graph.microsoft.com:443/v1.0/users", true, "it is what is left out"},
		{"version", "https://graph.microsoft.com/beta/users", true, "the token may go to the whole host"},
		{"escapes", "https://graph.microsoft.com/v1.0/users%28%27a%27%29?$filter=startswith(x,%27%26%27)", true, "they stay as they are"},
		{"suffix", "https://graph.microsoft.com.evil.example/v1.0/users", false, "begins alike"},
		{"prefix", "https://evil-graph.microsoft.com/v1.0/users", false, "ends alike"},
		{"below", "https://x.graph.microsoft.com/v1.0/users", false, "another host"},
		{"above", "https://microsoft.com/v1.0/users", false, "another host"},
		{"other cloud", "https://graph.microsoft.us/v1.0/users", false, "another host"},
		{"http", "http://graph.microsoft.com/v1.0/users", false, "clear text"},
		{"http on the port", "http://graph.microsoft.com:443/v1.0/users", false, "clear text"},
		{"userinfo", "https://graph.microsoft.com@evil.example/v1.0/users", false, "what is before @ is a name"},
		{"userinfo with port", "https://graph.microsoft.com:443@evil.example/v1.0/users", false, "what is before @ is a name"},
		{"userinfo of the host", "https://user:pass@graph.microsoft.com/v1.0/users", false, "nobody needs it"},
		{"empty userinfo", "https://@graph.microsoft.com/v1.0/users", false, "nobody needs it"},
		{"backslash", `https://graph.microsoft.com\@evil.example/`, false, "browsers take it for a slash"},
		{"backslashes", `https:\\graph.microsoft.com\v1.0`, false, "no host"},
		{"other port", "https://graph.microsoft.com:8443/v1.0/users", false, "another server"},
		{"port 0", "https://graph.microsoft.com:0/v1.0/users", false, "no port"},
		{"long port", "https://graph.microsoft.com:65979/v1.0/users", false, "443 modulo 65536"},
		{"port with zero", "https://graph.microsoft.com:0443/v1.0/users", false, "read as octal by some"},
		{"empty port", "https://graph.microsoft.com:/v1.0/users", false, "strange"},
		{"trailing dot", "https://graph.microsoft.com./v1.0/users", false, "another name to TLS"},
		{"dotless", "https://graph/v1.0/users", false, "another host"},
		{"Kelvin sign", "https://graph.microsoft.com\u212a/", false, "no ASCII"},
		{"wide letters", "https://ｇraph.microsoft.com/v1.0/users", false, "IDNA makes ASCII of them"},
		{"wide dot", "https://graph。microsoft.com/v1.0/users", false, "IDNA makes a dot of it"},
		{"wide solidus", "https://graph.microsoft.com／.evil.example/", false, "IDNA makes a slash of it"},
		{"Cyrillic", "https://gr\u0430ph.microsoft.com/v1.0/users", false, "looks alike"},
		{"soft hyphen", "https://graph\u00ad.microsoft.com/v1.0/users", false, "IDNA drops it"},
		{"punycode", "https://xn--grph-43d.microsoft.com/v1.0/users", false, "another host"},
		{"escaped host", "https://graph%2emicrosoft.com/v1.0/users", false, "no host name"},
		{"escaped byte", "https://graph.microsoft.com%ff/v1.0/users", false, "no host name"},
		{"line break", "https://graph.microsoft.com\r\n.evil.example/", false, "no URL"},
		{"tab", "https://graph.microsoft.com\t.evil.example/", false, "no URL"},
		{"space before", " https://graph.microsoft.com/v1.0/users", false, "no URL"},
		{"no scheme", "//graph.microsoft.com/v1.0/users", false, "not absolute"},
		{"path", "/v1.0/users?$skiptoken=x", false, "not absolute"},
		{"opaque", "https:graph.microsoft.com/v1.0/users", false, "no host"},
		{"other scheme", "ftp://graph.microsoft.com/v1.0/users", false, "no token there"},
		{"empty", "", false, "no link"},
		{"IP", "https://127.0.0.1/v1.0/users", false, "another host"},
		{"IPv6 zone", "https://[fe80::1%25graph.microsoft.com]/", false, "another host"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Global().pin()
			must(t, err)
			u, err := p.follow(tt.link)
			if (err == nil) != tt.ok {
				t.Fatalf("%s: followed: %t", tt.reason, err == nil)
			}
			if err != nil {
				if !errors.Is(err, errLink) || strings.Contains(err.Error(), "evil") || tt.link != "" && strings.Contains(err.Error(), tt.link) {
					t.Errorf("the error repeats the link: %v", err)
				}
				return
			}
			if want, _ := url.Parse(tt.link); u.RequestURI() != want.RequestURI() {
				t.Errorf("asks for %s", u.RequestURI())
			}
		})
	}
}

// TestLinksNotFollowed: nothing is sent to where a nextLink, a deltaLink or a redirect leads, unless it is the pinned place.
func TestLinksNotFollowed(t *testing.T) {
	evil := "https://example.com.evil.example/v1.0/users?x=" + someAddress
	next := func(name, link string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, map[string]any{"value": []any{}, name: link})
		}
	}
	redirect := func(status int, to string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(status)
		}
	}
	for _, tt := range []struct {
		name     string
		do       http.HandlerFunc
		requests int
	}{
		{"nextLink", next("@odata.nextLink", evil), 1},
		{"deltaLink", next("@odata.deltaLink", evil), 1},
		{"redirect", redirect(302, evil), 1},
		{"redirect 307", redirect(307, evil), 1},
		{"redirect 308 to http", redirect(308, "http://example.com/v1.0/users"), 1},
		{"redirect to another port", redirect(307, "https://example.com:444/v1.0/users"), 1},
		{"redirect without end", redirect(307, "/v1.0/users"), maxRedirects + 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := serve(t, tt.do)
				_, err := f.connect(nil).pages(t.Context(), get("/users"), func([]rawMessage) error { return nil })
				if !errors.Is(err, errLink) && !errors.Is(err, errRedirect) {
					t.Errorf("%v", err)
				}
				if n := len(f.requests()); n != tt.requests {
					t.Errorf("%d requests", n)
				}
				speaks(t, "the error", printAll(err))
			})
		})
	}
	t.Run("link of a cursor", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := serve(t, next("x", ""))
			err := f.connect(nil).call(t.Context(), request{op: "delta", method: "GET", link: evil}, nil)
			if !errors.Is(err, errLink) || len(f.requests()) != 0 {
				t.Errorf("%v after %d requests", err, len(f.requests()))
			}
		})
	})
	t.Run("redirect within", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1.0/old" {
					redirect(307, "https://EXAMPLE.com:443/v1.0/new")(w, r)
					return
				}
				reply(w, 200, value("a"))
			})
			var p page
			must(t, f.connect(nil).call(t.Context(), request{op: "x", method: "POST", path: "/old", body: []int{1}}, &p))
			r := f.requests()
			if len(r) != 2 || r[1].body != "[1]" || r[1].header.Get("Authorization") != "Bearer "+secretToken {
				t.Errorf("%v", r)
			}
			if len(r) == 2 && r[1].header.Get("Referer") != "" {
				t.Error("the second question names the first one, which may hold an address")
			}
		})
	})
	t.Run("redirect changes the question", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := serve(t, redirect(303, "/v1.0/users"))
			err := f.connect(nil).call(t.Context(), request{op: "x", method: "POST", path: "/old", body: []int{1}}, nil)
			if !errors.Is(err, errRedirect) || len(f.requests()) != 1 {
				t.Errorf("%v after %d requests", err, len(f.requests()))
			}
		})
	})
}

// TestRoots: a cloud's root is a place and nothing else.
func TestRoots(t *testing.T) {
	for _, tt := range []struct {
		name, root string
		ok         bool
	}{
		{"host", "https://graph.example", true},
		{"port", "https://graph.example:8443", true},
		{"IPv4", "https://127.0.0.1:8443", true},
		{"IPv6", "https://[::1]:8443", true},
		{"clear text", "http://graph.example", false},
		{"clear text on loopback", "http://127.0.0.1:80", false},
		{"path", "https://graph.example/v1.0", false},
		{"slash", "https://graph.example/", false},
		{"query", "https://graph.example?x", false},
		{"empty query", "https://graph.example?", false},
		{"fragment", "https://graph.example#x", false},
		{"empty fragment", "https://graph.example#", false},
		{"password", "https://user:t0psecret@graph.example", false},
		{"no scheme", "graph.example", false},
		{"empty", "", false},
		{"dot", "https://graph.example.", false},
		{"IDN", "https://gräph.example", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{Cloud: Cloud{Name: "mine", Root: tt.root}, Token: noToken}
			_, err := New(cfg, nil)
			if (err == nil) != tt.ok {
				t.Errorf("%v", err)
			}
			speaks(t, "the error", printAll(err)+fmt.Sprintf("%v %+v %#v", cfg, &cfg, struct{ C Config }{cfg}))
		})
	}
	for _, c := range Clouds() {
		if _, err := New(Config{Cloud: c, Token: noToken}, nil); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// TestTokenOnlyToPin: a request is not even made for another place, whatever its URL came from.
func TestTokenOnlyToPin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, value()) })
		c := f.connect(nil)
		for _, to := range []string{
			"https://example.com.evil.example/v1.0/users", "http://example.com/v1.0/users", "https://example.com:444/v1.0/users",
			"https://user@example.com/v1.0/users", "https://example.com@evil.example/v1.0/users",
		} {
			req, err := c.request(t.Context(), &exchange{op: "x", method: "GET", url: to}, secretToken)
			if req != nil || !errors.Is(err, errLink) || strings.Contains(err.Error(), to) {
				t.Errorf("%s: %v", to, err)
			}
		}
	})
}

// cookies are those of a host, which are none of the connector's.
type cookies struct{ used int }

func (c *cookies) SetCookies(*url.URL, []*http.Cookie) { c.used++ }
func (c *cookies) Cookies(*url.URL) []*http.Cookie {
	c.used++
	return []*http.Cookie{{Name: "session", Value: "t0psecret"}}
}

// TestGivenClient: of a given client nothing but the transport is used.
func TestGivenClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			reply(w, 200, value())
		})
		var jar cookies
		f.client.Jar, f.client.Timeout = &jar, time.Millisecond
		must(t, f.connect(nil).call(t.Context(), get("/users"), nil))
		if r := f.requests(); len(r) != 1 || r[0].header.Get("Cookie") != "" || jar.used > 0 {
			t.Errorf("%d requests, the jar was used %d times", len(r), jar.used)
		}
	})
}
