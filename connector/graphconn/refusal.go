package graphconn

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// maxRefusal is how much is read of an answer that is no 200.
const maxRefusal = 64 << 10

// said is the body of an answer that is no 200 (Microsoft, "Microsoft Graph error responses and resource types").
type said struct {
	Error struct {
		Code, Message string
		InnerError    struct {
			RequestID string `json:"request-id"`
		}
	}
}

// refusal reads an answer that is no 200.
func (c *Connector) refusal(x *exchange, resp *http.Response) error {
	h := resp.Header
	e := &Error{Op: x.op, Status: resp.StatusCode, RequestID: x.reqID, ClientRequestID: x.clientID, Err: meaning(resp.StatusCode)}
	e.RetryAfter = retryAfter(h.Get("Retry-After"), h.Get("Date"), time.Now())
	if !isJSON(h) {
		return e
	}
	var src io.Reader = resp.Body
	switch h.Get("Content-Encoding") {
	case "gzip":
		zip, err := c.zips.get(resp.Body)
		if err != nil {
			e.damaged = resp.StatusCode >= 400
			return e
		}
		defer c.zips.put(zip)
		src = zip
	case "", "identity":
	default:
		return e
	}
	body, err := io.ReadAll(io.LimitReader(src, maxRefusal))
	if err == nil {
		e.read(body)
	}
	e.damaged = resp.StatusCode >= 400 && (err != nil || !json.Valid(body))
	return e
}

// read takes code and message from a body. A body that is not Graph's leaves both empty.
func (e *Error) read(body []byte) {
	var s said
	if json.Unmarshal(body, &s) != nil {
		return
	}
	e.Code, e.Message = word(s.Error.Code), s.Error.Message
	if e.RequestID == "" {
		e.RequestID = word(s.Error.InnerError.RequestID)
	}
}

// word returns s when it is a code or an ID that can be printed, otherwise "": it may be anything that a server sent.
func word(s string) string {
	if len(s) > 64 {
		return ""
	}
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_', b == '.':
		default:
			return ""
		}
	}
	return s
}
