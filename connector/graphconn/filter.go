package graphconn

import (
	"net/url"
	"strings"
)

// Bounds of a filter. The service takes 15 expressions, and 15 values of the operator in; an address in proxyAddresses takes two expressions, because
// SMTP: and smtp: may be told apart there.
const (
	maxClauses = 15
	// maxFilter bounds the length of the addresses in a filter, in bytes: each is escaped, and may be there twice.
	maxFilter = 1200
)

// filter is one question for the holders of some addresses.
type filter struct {
	path string
	of   []*wanted
}

// doubt notes that the answer may lack a holder.
func (f *filter) doubt(err error) {
	for _, w := range f.of {
		w.doubt = err
	}
}

// findFilters returns the questions for the holders of addresses in one collection.
func findFilters(kind string, want []*wanted) (out []filter) {
	selected := mailboxProperties
	if kind == "groups" {
		selected = groupProperties
	}
	add := func(most int, expression func(texts []string) string) {
		var texts []string
		var of []*wanted
		length := 0
		flush := func() {
			if len(texts) == 0 {
				return
			}
			path := "/" + kind + "?$filter=" + escape(expression(texts)) + "&$select=" + selected.names()
			out = append(out, filter{path, of})
			texts, of, length = nil, nil, 0
		}
		for _, w := range want {
			for _, text := range w.texts {
				if len(texts) == most || length+len(text) > maxFilter {
					flush()
				}
				texts, of, length = append(texts, text), append(of, w), length+len(text)
			}
		}
		flush()
	}
	add(maxClauses/2, byProxy)
	add(maxClauses, func(texts []string) string { return in("mail", texts) })
	if kind == "users" {
		add(maxClauses, func(texts []string) string { return in("userPrincipalName", texts) })
	}
	return out
}

// byProxy is an expression for the objects that have any of the addresses in proxyAddresses.
func byProxy(texts []string) string {
	var clauses []string
	for _, text := range texts {
		for _, prefix := range []string{"smtp:", "SMTP:"} {
			clauses = append(clauses, "proxyAddresses/any(p:p eq "+quote(prefix+text)+")")
		}
	}
	return strings.Join(clauses, " or ")
}

func in(property string, texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = quote(text)
	}
	return property + " in (" + strings.Join(quoted, ",") + ")"
}

// quote writes a text as OData does (OData 4.01 URL conventions, section 5.1.1.14.1).
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// escape writes a text as part of a query, where a blank is not a plus sign: within a batch not every server takes that for one.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
