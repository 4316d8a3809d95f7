package graphtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	jsonType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	sparely  = 64 // bytes at a time of [Fault.Drip]
)

// reply is an answer before it is sent.
type reply struct {
	status int
	header http.Header
	body   []byte
	plain  bool // without the headers of Graph
	pooled bool
	fault  *Fault
}

// buffers are reused, because an answer of getByIds has some 400 kB.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// begin starts a JSON object with its context.
func (c *call) begin(context string) []byte {
	dst := (*buffers.Get().(*[]byte))[:0]
	dst = append(dst, `{"@odata.context":"https://`...)
	dst = append(append(dst, c.host...), `/v1.0/$metadata#`...)
	return append(append(dst, context...), '"')
}

// entity joins a context and an object that was appended behind it into one object.
func entity(dst []byte) []byte {
	// `{"@odata.context":"…"` + `{"id":…}`: the brace between becomes a comma.
	at := bytes.IndexByte(dst[1:], '{') + 1
	dst[at] = ','
	return dst
}

// ok answers 200 with a body of [call.begin].
func (c *call) ok(body []byte) *reply {
	h := http.Header{"Odata-Version": {"4.0"}, "Content-Type": {jsonType}}
	return &reply{status: 200, header: h, body: body, pooled: true}
}

// refuse answers with Graph's error body.
func (c *call) refuse(status int, code, message string) *reply {
	dst := append((*buffers.Get().(*[]byte))[:0], `{"error":{"code":`...)
	dst = appendJSON(dst, code)
	dst = append(dst, `,"message":`...)
	dst = appendJSON(dst, message)
	dst = append(dst, `,"innerError":{`...)
	if status == 429 {
		dst = append(dst, `"code":"429","message":"Please retry after","status":"429",`...)
	}
	dst = append(dst, `"date":"`...)
	dst = time.Now().UTC().AppendFormat(dst, "2006-01-02T15:04:05")
	dst = append(dst, `","request-id":`...)
	dst = appendJSON(dst, c.id)
	dst = append(dst, `,"client-request-id":`...)
	dst = appendJSON(dst, c.mine)
	dst = append(dst, "}}}"...)
	return &reply{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: dst, pooled: true}
}

func (c *call) problem(p *problem) *reply { return c.refuse(p.status, p.code, p.message) }

func (r *reply) free() {
	if r.pooled {
		r.pooled = false
		b := r.body
		buffers.Put(&b)
	}
}

func acceptsGzip(h http.Header) bool { return strings.Contains(h.Get("Accept-Encoding"), "gzip") }

// write sends the answer, with the faults of the wire.
func (r *reply) write(w http.ResponseWriter, req *http.Request, c *call) {
	h := w.Header()
	if !r.plain {
		h["Request-Id"], h["Client-Request-Id"] = []string{c.id}, []string{c.mine}
		h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Test","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"graphtest"}}`)
		h["Cache-Control"], h["Vary"] = []string{"no-cache"}, []string{"Accept-Encoding"}
		h["Strict-Transport-Security"] = []string{"max-age=31536000"}
		for k, v := range c.quota {
			h[k] = v
		}
	}
	for k, v := range r.header {
		h[k] = v
	}
	f := r.fault
	if f == nil {
		f = &Fault{}
	}
	if f.GoAway {
		h.Set("Connection", "close")
	}
	packed := !c.opts.NoGzip && acceptsGzip(req.Header) && h.Get("Content-Encoding") == ""
	if packed {
		h.Set("Content-Encoding", "gzip")
	}
	if f.Stream != nil {
		w.WriteHeader(r.status)
		if packed {
			compress(w, f.Stream)
		} else {
			f.Stream(w)
		}
		return
	}
	body := r.body
	if packed {
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		out := bytes.NewBuffer((*buf)[:0])
		compress(out, func(z io.Writer) { _, _ = z.Write(body) }) // into memory
		body = out.Bytes()
		*buf = body
	}
	if n := max(f.Short, f.Cut); n > 0 {
		body = body[:min(n, len(body))]
	}
	w.WriteHeader(r.status)
	if f.Drip > 0 {
		for len(body) > sparely {
			_, _ = w.Write(body[:sparely]) // a client that went away is seen by sleep
			_ = http.NewResponseController(w).Flush()
			body = body[sparely:]
			sleep(req, f.Drip)
		}
	}
	_, _ = w.Write(body)
	if f.Cut > 0 {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// compress writes through gzip. Its errors are those of w, where a client that went away is no matter of ours.
func compress(w io.Writer, write func(io.Writer)) {
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	write(z)
	_ = z.Close()
}

var zippers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}}
