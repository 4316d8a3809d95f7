package ldapconn_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/connector/ldapconn"
	"github.com/readdress-go/readdress/internal/slapdtest"
	"github.com/readdress-go/readdress/refresh"
)

// lines is a log that many may write to.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.buf.Write(b) }
func (l *lines) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.buf.String() }

// TestSweepAnswersAlike looks nearly everybody up on a real server, far enough away for pages to be faster than batches, and
// compares with what batches alone answer.
func TestSweepAnswersAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of people")
	}
	people := slapdtest.People(6000, "source.example")
	people[3000].Proxies = append(people[3000].Proxies, "SMTP:second@source.example") // two primary addresses
	people[3001].Mail, people[3001].Proxies = nil, nil                                // no mailbox
	s := slapdtest.Run(t, slapdtest.Config{People: people})
	ids := append(idsOf(people), "ffffffff-ffff-4fff-8fff-ffffffffffff", "no uuid")
	answers := func(account slapdtest.Account, inFlight int) ([]string, string) {
		p := proxy(t, s.Addr)
		p.Delay(20 * time.Millisecond)
		var log lines
		c, err := ldapconn.Open(t.Context(), ldapconn.Config{Server: p.Addr(), User: s.DN(account), Password: slapdtest.Password}, &ldapconn.Options{
			InsecureClearText: true, Connections: 1, InFlight: inFlight, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		must(t, err)
		defer c.Close()
		got, err := resolve(t.Context(), t, c, ids...)
		must(t, err)
		words := make([]string, len(got))
		for i, l := range got {
			words[i] = string(ids[i]) + " " + word(l)
		}
		if n := count(got); n != (tally{Found: 5999 - 1, NotFound: 1, Failed: 3}) {
			t.Errorf("%+v", n)
		}
		for _, id := range []refresh.ID{ids[0], ids[3000]} {
			if strings.Contains(log.String(), string(id)) {
				t.Error("the log holds an ID")
			}
		}
		return words, log.String()
	}
	swept, log := answers(slapdtest.Bulk, 1)
	for _, want := range []string{"sweep begins", `msg="ldapconn: sweep ends" why="everything was read" pages=1`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not hold %q:\n%s", want, log)
		}
	}
	small, log := answers(slapdtest.Small, 8) // at most ten entries in an answer: pages are not for it
	if strings.Contains(log, "sweep begins") {
		t.Errorf("a sweep of pages of ten:\n%s", log)
	}
	if diff := cmp.Diff(small, swept); diff != "" {
		t.Errorf("with a sweep the answers are others (-without +with):\n%s", diff)
	}
}
