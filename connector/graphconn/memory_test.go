package graphconn

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	flooded   = 256 << 20
	peakLimit = 64 << 20
	floodVar  = "READDRESS_TEST_FLOOD"
)

// repeat writes a text until 256 MiB are written, or the other end has had enough.
func repeat(w io.Writer, text string) { times(w, text, flooded/len(text)) }

// times writes a text n times, in blocks, so that the server's own memory does not count.
func times(w io.Writer, text string, n int) {
	each := max(1, 32<<10/len(text))
	block := []byte(strings.Repeat(text, each))
	for ; n > 0; n -= each {
		if _, err := w.Write(block[:min(n, each)*len(text)]); err != nil {
			return
		}
	}
}

// bomb writes 256 MiB of blanks, compressed: one block that follows itself.
func bomb(w io.Writer) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	blanks := bytes.Repeat([]byte(" "), 1<<20)
	_, _ = z.Write(blanks)
	_ = z.Flush()
	first := b.Len()
	_, _ = z.Write(blanks)
	_ = z.Flush()
	_, _ = w.Write(b.Bytes())
	for range flooded / len(blanks) {
		if _, err := w.Write(b.Bytes()[first:]); err != nil {
			return
		}
	}
}

// floods are ways to answer with 256 MiB.
var floods = []struct {
	name string
	do   http.HandlerFunc
}{
	{"one text", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"value":["`)
		repeat(w, "x")
	}},
	{"with its length", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(flooded))
		repeat(w, " ")
	}},
	{"users", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"value":[`)
		repeat(w, `{"id":"0785ef7c-2d7a-4542-b048-95bcab406e0b","proxyAddresses":["SMTP:somebody@source.example"]},`)
	}},
	{"users, just small enough", func(w http.ResponseWriter, _ *http.Request) {
		user := `{"id":"0785ef7c-2d7a-4542-b048-95bcab406e0b","displayName":"Somebody or Other"},`
		_, _ = io.WriteString(w, `{"value":[`)
		times(w, user, maxBody/len(user)-4)
		_, _ = io.WriteString(w, `{}],"@odata.nextLink":"https://example.com/v1.0/`+newGUID()+`"}`)
	}},
	{"empty objects", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"value":[`)
		repeat(w, "{},")
	}},
	{"empty objects, just few enough", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"value":[`)
		times(w, "{},", maxValues-2)
		_, _ = io.WriteString(w, `{}],"@odata.nextLink":"https://example.com/v1.0/`+newGUID()+`"}`)
	}},
	{"empty objects, just small enough", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"value":[`)
		times(w, "{},", maxBody/3-40)
		_, _ = io.WriteString(w, `{}],"@odata.nextLink":"https://example.com/v1.0/`+newGUID()+`"}`)
	}},
	{"deep", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"value":`)
		times(w, "[", maxBody/2)
		times(w, "]", maxBody/2-20)
	}},
	{"gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		bomb(w)
	}},
	{"a refusal", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		_, _ = io.WriteString(w, `{"error":{"message":"`)
		repeat(w, "x")
	}},
	{"a refusal, gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(400)
		bomb(w)
	}},
	{"headers", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		go func() { _, _ = io.Copy(io.Discard, conn) }() // so that the other end can say goodbye
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		repeat(conn, "X-Header: something that is rather long\r\n")
		_ = conn.Close()
	}},
	{"one header", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		go func() { _, _ = io.Copy(io.Discard, conn) }() // so that the other end can say goodbye
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nX: ")
		repeat(conn, "x")
		_ = conn.Close()
	}},
}

// TestPeakMemory: whatever the service answers, four requests at a time occupy less than 64 MiB.
func TestPeakMemory(t *testing.T) {
	exe, err := os.Executable()
	must(t, err)
	for i, flood := range floods {
		t.Run(flood.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, exe, "-test.run=^TestPeakMemoryChild$", "-test.v")
			cmd.Env = append(os.Environ(), floodVar+"="+strconv.Itoa(i))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for line := range strings.Lines(string(out)) {
				if strings.Contains(line, "peak") {
					t.Log(strings.TrimSpace(line))
				}
			}
		})
	}
}

// TestPeakMemoryChild is a process of its own, so that nothing else counts.
func TestPeakMemoryChild(t *testing.T) {
	which, err := strconv.Atoi(os.Getenv(floodVar))
	if err != nil {
		t.Skip("it is run by TestPeakMemory")
	}
	f := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		floods[which].do(w, r)
	})
	own := newTransport(4)
	given := f.client.Transport.(*http.Transport)
	own.DialContext, own.TLSClientConfig = given.DialContext, &tls.Config{RootCAs: given.TLSClientConfig.RootCAs}
	f.client.Transport = own
	defer own.CloseIdleConnections()
	c := f.connect(&Options{Patience: time.Millisecond})
	var peak, mapped uint64
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	debug.FreeOSMemory()
	done := make(chan struct{})
	var work, watch sync.WaitGroup
	watch.Go(func() {
		for {
			metrics.Read(samples)
			peak = max(peak, samples[0].Value.Uint64()+samples[1].Value.Uint64())
			mapped = max(mapped, samples[2].Value.Uint64()-samples[3].Value.Uint64())
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
	var last error
	var mu sync.Mutex
	for range 4 {
		work.Go(func() {
			pages := 0
			_, err := c.pages(t.Context(), get("/users"), func([]rawMessage) error {
				if pages++; pages == 3 {
					return fmt.Errorf("enough")
				}
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			last = err
		})
	}
	work.Wait()
	close(done)
	watch.Wait()
	t.Logf("peak %.1f MiB in objects, %.1f MiB mapped, %v", float64(peak)/(1<<20), float64(mapped)/(1<<20), last)
	if last == nil || max(peak, mapped) > peakLimit {
		t.Errorf("the peak is above %d MiB, or nothing failed", peakLimit>>20)
	}
}
