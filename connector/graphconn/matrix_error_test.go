package graphconn_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/readdress-go/readdress/connector/graphconn"
)

// checkErrors holds every error of a cell to what an error must say.
func (x *cell) checkErrors(o *cellOutcome) {
	lies := x.fault.lies != nil && x.fault.lies(x)
	for _, err := range o.errs {
		if s := x.flaw(err); lies && strings.HasPrefix(s, noCause) {
			continue // what the rest of the world says contradicts it
		} else if s != "" {
			o.problem("%s: %v", s, err)
		}
	}
	if len(o.errs) > 0 && o.struck == 0 {
		o.problem("nothing was struck, and it failed: %v", o.errs[0])
	}
}

const noCause = "an error does not name the cause"

// unspoken is what no error and no log may say.
var unspoken = []string{"@", "secret", "contoso", "https:", "$select", "$filter", "skiptoken", "deltatoken", "Bearer"}

// flaw says what is wrong with an error: it must say what Graph said, and which request it was, or else the cause, and nothing of what
// was read or sent.
func (x *cell) flaw(err error) string {
	text := fmt.Sprintf("%v", err)
	for _, bad := range unspoken {
		if strings.Contains(text+fmt.Sprintf("%+v", err), bad) {
			return fmt.Sprintf("an error says %q", bad)
		}
	}
	f := x.fault
	if slices.ContainsFunc(f.causes, func(c string) bool { return strings.Contains(text, c) }) {
		return ""
	}
	if f.status == 0 {
		return noCause
	}
	need := []string{fmt.Sprintf("HTTP status %d", f.status), "client-request-id "}
	if f.code != "" {
		need = append(need, "code "+f.code)
	}
	if f.graphs {
		need = append(need, "(request-id ")
	}
	for _, s := range need {
		if !strings.Contains(text, s) {
			return noCause + fmt.Sprintf(": not %q", s)
		}
	}
	if x.op.engine {
		return ""
	}
	e, ok := errors.AsType[*graphconn.Error](err)
	if !ok || e.Status != f.status || e.Code != f.code || e.ClientRequestID == "" || f.graphs && e.RequestID == "" {
		return "an error is no *Error of what Graph said"
	}
	return ""
}

// checkLog looks for what no log may say.
func (x *cell) checkLog(o *cellOutcome) {
	x.world.mu.Lock()
	defer x.world.mu.Unlock()
	text := x.world.log.String()
	for _, bad := range unspoken {
		if i := strings.Index(text, bad); i >= 0 {
			o.problem("the log says %q: %s", bad, text[max(0, i-200):min(len(text), i+50)])
		}
	}
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "level=DEBUG") && !strings.Contains(line, "level=WARN") {
			o.problem("logged %s", line)
		}
	}
}
