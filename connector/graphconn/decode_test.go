package graphconn

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

const good = `{"value":[{"id":"a"},{"id":"b"}]}`

// zipped is a text compressed.
func zipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

// body answers 200 with bytes. Headers are pairs; "" leaves the usual type out.
func body(b []byte, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		_, _ = w.Write(b)
	}
}

// flip is b with one bit changed at a place counted from the end.
func flip(b []byte, fromEnd int) []byte {
	b = bytes.Clone(b)
	b[len(b)-fromEnd] ^= 1
	return b
}

// wireOf answers with bytes as they are, and ends the connection.
func wireOf(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write([]byte(text))
		_ = conn.Close()
	}
}

func head(lines ...string) string {
	return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// TestAnswers: only a whole answer counts. What is none is asked for again, and the next answer counts.
func TestAnswers(t *testing.T) {
	z := zipped(good)
	jsonGzip := []string{"Content-Encoding", "gzip"}
	for _, tt := range []struct {
		name, reason string
		do           http.HandlerFunc
		good         bool
	}{
		{"plain", "the usual one", body([]byte(good)), true},
		{"gzip", "the usual one", body(z, jsonGzip...), true},
		{"blanks", "JSON permits them", body([]byte(" \r\n" + good + "\n\n")), true},
		{"parameters", "Graph sends such", body([]byte(good), "Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"), true},
		{"chunked", "the last chunk is its end", wireOf(head("Transfer-Encoding: chunked") + "22\r\n" + good + " \r\n0\r\n\r\n"), true},
		{"gzip to the end of the connection", "its trailer is its end", wireOf(head("Content-Encoding: gzip") + string(z)), true},
		{"an error that is null", "it is none", body([]byte(`{"value":[{"id":"a"},{"id":"b"}],"error":null}`)), true},

		{"HTML", "a proxy's page", body([]byte("<html>"), "Content-Type", "text/html"), false},
		{"JSON as text", "it is not Graph's", body([]byte(good), "Content-Type", "text/plain"), false},
		{"JSON as something", "it is not Graph's", body([]byte(good), "Content-Type", "application/jsonp"), false},
		{"other charset", "addresses would be wrong", body([]byte(good), "Content-Type", "application/json; charset=iso-8859-1"), false},
		{"empty", "nothing", body(nil), false},
		{"null", "nothing", body([]byte("null")), false},
		{"array", "no object", body([]byte("[]")), false},
		{"other object", "no page", body([]byte("{}")), false},
		{"null value", "no page", body([]byte(`{"value":null}`)), false},
		{"value is no list", "no page", body([]byte(`{"value":{}}`)), false},
		{"both links", "one page is not both", body([]byte(`{"value":[],"@odata.nextLink":"https://example.com/a","@odata.deltaLink":"https://example.com/b"}`)), false},
		{"error in a 200", "a failure", body([]byte(`{"value":[],"error":{"code":"x"}}`)), false},
		{"two values", "one answer is one", body([]byte(good + good)), false},
		{"something behind", "one answer is one", body([]byte(good + "<!-- -->")), false},
		{"cut JSON with its length", "cut before it was sent", body([]byte(good[:20])), false},
		{"not UTF-8", "addresses would be wrong", body([]byte("{\"value\":[{\"id\":\"\xff\"}]}")), false},
		{"shorter than its length", "cut on the way", wireOf(head("Content-Length: 1000") + good), false},
		{"no last chunk", "cut on the way", wireOf(head("Transfer-Encoding: chunked") + "21\r\n" + good + "\r\n"), false},
		{"half a chunk", "cut on the way", wireOf(head("Transfer-Encoding: chunked") + "ff\r\n" + good), false},
		{"to the end of the connection", "nothing tells whether it is whole", wireOf(head("Connection: close") + good), false},
		{"gzip without trailer", "cut", body(z[:len(z)-8], jsonGzip...), false},
		{"gzip with half a trailer", "cut", body(z[:len(z)-3], jsonGzip...), false},
		{"half a gzip", "cut", body(z[:len(z)/2], jsonGzip...), false},
		{"gzip, checksum", "damaged", body(flip(z, 8), jsonGzip...), false},
		{"gzip, length", "damaged", body(flip(z, 4), jsonGzip...), false},
		{"gzip and more", "not one answer", body(append(bytes.Clone(z), "more"...), jsonGzip...), false},
		{"two gzips", "not one answer", body(append(bytes.Clone(z), zipped(" ")...), jsonGzip...), false},
		{"no gzip", "damaged", body([]byte(good), jsonGzip...), false},
		{"deflate", "nobody asked for it", body([]byte(good), "Content-Encoding", "deflate"), false},
		{"gzip twice", "nobody asked for it", body(zipped(string(z)), "Content-Encoding", "gzip, gzip"), false},
		{"closed", "no answer", wireOf(""), false},
		{"no HTTP", "no answer", wireOf("220 smtp.source.example\r\n"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int64
				f := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if n.Add(1) == 1 {
						tt.do(w, r)
						return
					}
					reply(w, 200, value("later"))
				})
				want := []string{"later"}
				if tt.good {
					want = []string{"a", "b"}
				}
				var got []string
				_, err := f.connect(nil).pages(t.Context(), get("/users"), func(v []rawMessage) error {
					for _, e := range v {
						var x struct{ ID string }
						must(t, json.Unmarshal(e, &x))
						got = append(got, x.ID)
					}
					return nil
				})
				must(t, err)
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s: got %v, want %v", tt.reason, got, want)
				}
				_ = f.log.String()
			})
		})
	}
}

// TestSizes: what is too large is an error that is not asked for again, whatever way it comes; what is large is read.
func TestSizes(t *testing.T) {
	list := func(n int, elem string) string { return `{"value":[` + strings.Repeat(elem+",", n) + elem + `]}` }
	large := list(60_000, `{"id":"0123456789012345678901234567890123456789"}`) // 3 MB
	for _, tt := range []struct {
		name  string
		do    http.HandlerFunc
		count int // 0: too large
	}{
		{"large", body([]byte(large), "Content-Length", strconv.Itoa(len(large))), 60_001},
		{"large, chunked", body([]byte(large)), 60_001},
		{"large, gzip", body(zipped(large), "Content-Encoding", "gzip"), 60_001},
		{"too large by its length", body(nil, "Content-Length", strconv.Itoa(maxBody+1)), 0},
		{"too large, chunked", body([]byte(large + strings.Repeat(" ", 2<<20))), 0},
		{"too large, gzip", body(zipped(large+strings.Repeat(" ", 2<<20)), "Content-Encoding", "gzip"), 0},
		{"too many values", body([]byte(list(maxValues+1, "1"))), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, n := serve(t, tt.do), 0
				_, err := f.connect(nil).pages(t.Context(), get("/users"), func(v []rawMessage) error { n += len(v); return nil })
				if n != tt.count || (err == nil) != (n > 0) || len(f.requests()) != 1 {
					t.Errorf("%d values, %v, after %d requests", n, err, len(f.requests()))
				}
			})
		})
	}
}

// TestPages follows pages to their end, with the header that an advanced query needs on each, and refuses those without an end.
func TestPages(t *testing.T) {
	const first, second = "/v1.0/users?$count=true", "/v1.0/users?$skiptoken=1"
	link := func(path string) string { return "https://example.com" + path }
	type answer = map[string]any
	for _, tt := range []struct {
		name  string
		pages map[string]answer
		want  int
		delta string
		bad   bool
	}{
		{name: "one", pages: map[string]answer{first: value("a")}, want: 1},
		{name: "two", pages: map[string]answer{first: {"value": []int{1}, "@odata.nextLink": link(second)}, second: {"value": []int{1, 2}}}, want: 3},
		{name: "empty in between", pages: map[string]answer{first: {"value": []int{}, "@odata.nextLink": link(second)}, second: {"value": []int{1}}}, want: 1},
		{name: "deltaLink", pages: map[string]answer{first: {"value": []int{1}, "@odata.nextLink": link(second)}, second: {"value": []int{}, "@odata.deltaLink": link("/v1.0/d?x")}}, want: 1, delta: link("/v1.0/d?x")},
		{name: "circle", pages: map[string]answer{first: {"value": []int{1}, "@odata.nextLink": link(second)}, second: {"value": []int{1}, "@odata.nextLink": link(second)}}, bad: true, want: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := serve(t, func(w http.ResponseWriter, r *http.Request) { reply(w, 200, tt.pages[r.URL.String()]) })
				q := request{op: "list", method: "GET", path: "/users", query: "$count=true", advanced: true}
				n := 0
				delta, err := f.connect(&Options{Priority: Low}).pages(t.Context(), q, func(v []rawMessage) error { n += len(v); return nil })
				if n != tt.want || delta != tt.delta || (err != nil) != tt.bad {
					t.Errorf("%d values, delta %q, %v", n, delta, err)
				}
				ids := map[string]bool{}
				for _, r := range f.requests() {
					if r.header.Get("ConsistencyLevel") != "eventual" || r.header.Get("x-ms-throttle-priority") != "Low" {
						t.Errorf("%s was asked with %v", r.url, r.header)
					}
					ids[r.header.Get("client-request-id")] = true
				}
				if len(ids) != len(f.requests()) {
					t.Errorf("%d names for %d requests", len(ids), len(f.requests()))
				}
			})
		})
	}
	t.Run("empty for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var n atomic.Int64
			f := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				reply(w, 200, answer{"value": []int{}, "@odata.nextLink": link("/v1.0/" + strconv.FormatInt(n.Add(1), 10))})
			})
			if _, err := f.connect(nil).pages(t.Context(), get("/users"), func([]rawMessage) error { return nil }); err == nil {
				t.Error("it ended")
			}
		})
	})
}
