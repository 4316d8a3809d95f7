package graphconn_test

import (
	"bytes"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/readdress-go/readdress/connector/graphconn"
	"github.com/readdress-go/readdress/internal/graphtest"
	"github.com/readdress-go/readdress/refresh"
)

// TestHTTP2Faults refreshes over HTTP/2 while every third answer goes wrong: streams and connections break, and bodies end before their end.
// Nobody is missing who is there, and what is asked again is told in the end.
func TestHTTP2Faults(t *testing.T) {
	cutOff := func(b []byte) []byte { return b[:len(b)*2/3] }
	for _, tt := range []struct {
		name, reason string
		noGzip       bool
		fails        bool // such an answer is not worth another try
		fault        graphtest.Fault
	}{
		{"reset", "RST_STREAM without an answer", false, false, graphtest.Fault{Reset: true}},
		{"reset in the body", "RST_STREAM after a part of it", false, false, graphtest.Fault{Cut: 200}},
		{"reset in a plain body", "what came so far could be all", true, false, graphtest.Fault{Cut: 2000}},
		{"truncated gzip", "the stream ends as if it were whole", false, false, graphtest.Fault{Short: 200}},
		{"truncated JSON", "the stream ends as if it were whole, and so does gzip", false, false, graphtest.Fault{Rewrite: cutOff}},
		{"truncated plain JSON", "the stream ends as if it were whole", true, false, graphtest.Fault{Rewrite: cutOff}},
		{"dropped", "the connection ends with all its streams", false, false, graphtest.Fault{Drop: true}},
		{"go away", "GOAWAY: the answer counts, and others need another connection", false, false, graphtest.Fault{GoAway: true}},
		{"slow", "64 bytes at a time", false, false, graphtest.Fault{Drip: time.Second}},
		{"silent", "no answer at all", false, false, graphtest.Fault{Hang: true}},
		{"endless", "more than an answer can have", false, true, graphtest.Fault{Stream: func(w io.Writer) {
			for block := bytes.Repeat([]byte(" "), 1<<16); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := graphtest.Start(t, &graphtest.Options{HTTP2: true, NoGzip: tt.noGzip})
				ids := people(s, 4321)
				job := jobOf(s, ids)
				switchDomain(s, ids[:100])
				s.Delete(ids[4000])
				var n atomic.Int64
				s.Fault(func(r *graphtest.Request) *graphtest.Fault {
					if r.Part == 0 && n.Add(1)%3 == 0 {
						return &tt.fault
					}
					return nil
				})
				began := time.Now()
				res, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: connect(t, s, &graphconn.Options{}, everyRight...)}, nil)
				must(t, err)
				k := res.Counts(refresh.Source).ByOutcome
				whole := k[refresh.Refreshed] == 100 && k[refresh.Missing] == 1 && k[refresh.NotChanged] == 4220
				if whole == tt.fails || tt.fails && k[refresh.LookupFailed] == 0 {
					t.Errorf("%s: %v", tt.reason, k)
				}
				for _, row := range res.Rows {
					if row.Outcome == refresh.Missing && row.Key != "row4000" {
						t.Fatalf("%s: %s is %s", tt.reason, row.Key, row.Outcome)
					}
				}
				if d := time.Since(began); d > 10*time.Minute {
					t.Errorf("%s: it took %s", tt.reason, d)
				}
			})
		})
	}
}
