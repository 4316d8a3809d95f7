package graphconn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

var (
	errNotJSON   = errors.New("the answer is not JSON, so it is not Graph's")
	errEncoding  = errors.New("the answer is compressed in a way that was not asked for")
	errOpenEnded = errors.New("the answer does not say where it ends, so it may be cut short")
	errCut       = errors.New("the answer is cut short or damaged")
	errShape     = errors.New("the answer is not what was asked for")
	errText      = errors.New("the answer is not UTF-8")
	// errTooLarge is final: asking for fewer things at a time may help.
	errTooLarge = errors.New("the answer is larger than 4 MiB, or has more than 150,000 values")
)

// answer reads a 200 and decodes it. Its errors say nothing of what was read.
func (c *Connector) answer(ctx context.Context, resp *http.Response, into any) error {
	if !isJSON(resp.Header) {
		return errNotJSON
	}
	in := &intake{ctx: ctx, c: c}
	defer in.done()
	if err := in.whole(resp); err != nil {
		return err
	}
	if err := in.weigh(); err != nil {
		return err
	}
	return decode(in.buf, into)
}

// checked is an answer that is of no use without some of its parts.
type checked interface{ complete() bool }

// isJSON reports whether an answer says that it is JSON in UTF-8.
func isJSON(h http.Header) bool {
	t, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, ok := params["charset"]
	return err == nil && t == "application/json" && (!ok || strings.EqualFold(charset, "utf-8"))
}

// decode decodes one whole JSON object.
func decode(body []byte, into any) error {
	if !utf8.Valid(body) {
		return errText
	}
	if start := bytes.TrimLeft(body, " \t\r\n"); len(start) == 0 || start[0] != '{' {
		return errShape
	}
	if into == nil {
		into = &struct{}{}
	}
	reflect.ValueOf(into).Elem().SetZero() // nothing of an earlier attempt remains
	if err := json.Unmarshal(body, into); err != nil {
		if _, ok := errors.AsType[*json.SyntaxError](err); ok {
			return errCut
		}
		return errShape
	}
	if x, ok := into.(checked); ok && !x.complete() {
		return errShape
	}
	if doubled(body) {
		return errShape
	}
	if bytes.Contains(body, []byte(`"error"`)) {
		var said struct{ Error json.RawMessage }
		if err := json.Unmarshal(body, &said); err != nil || said.Error != nil && string(said.Error) != "null" {
			return errShape // a failure in the clothes of an answer
		}
	}
	return nil
}

// doubled reports whether an object has a member twice that says what was found, or whether there is more: of two, encoding/json takes the
// last one.
func doubled(body []byte) bool {
	for _, name := range [...]string{"value", "responses", "@odata.nextLink", "@odata.deltaLink"} {
		if bytes.Count(body, []byte(`"`+name+`"`)) < 2 {
			continue
		}
		n := 0
		_ = members(body, func(k []byte, _ jsonText) error { // it was accepted by encoding/json
			if strings.EqualFold(string(k), name) {
				n++
			}
			return nil
		})
		if n > 1 {
			return true
		}
	}
	return false
}

// cutBy is errCut with its cause.
func cutBy(err error) error {
	return &hiddenError{errCut.Error(), fmt.Errorf("%w: %w", errCut, err)}
}
