package graphconn

import (
	"errors"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

func TestCursorText(t *testing.T) {
	for _, x := range []cursor{
		{tokens: []string{"abc"}},
		{tenant: annID, tokens: []string{"a;b%/+= ", "c"}},
		{tenant: annID, at: 1, inside: true, tokens: []string{"a", "c"}},
	} {
		got, err := parseCursor(x.String())
		if err != nil || got.String() != x.String() || got.at != x.at || got.inside != x.inside || len(got.tokens) != len(x.tokens) || got.tokens[0] != x.tokens[0] {
			t.Errorf("%s was read as %+v: %v", x, got, err)
		}
	}
	if x, err := parseCursor(cursor{tokens: []string{"abc"}}.String() + "0"); err == nil {
		t.Errorf("a damaged text was read as %+v", x)
	}
	for _, s := range []string{"", "graph1", "graph1;;0;d", "graph1;;0;d;", "graph1;;0;d;x", "graph1;;0;d;x;00000000", "graph1;;1;d;x", "graph1;;-;d;x", "graph1;;00;d;x", "graph1;;0;x;x", "graph0;;0;d;x", "graph1;tenant;0;d;x", "graph1;;0;d;%zz", "ad1;home:x"} {
		if x, err := parseCursor(s); err == nil {
			t.Errorf("%q was read as %+v", s, x)
		}
	}
}

func TestTokenOf(t *testing.T) {
	for _, tt := range []struct{ name, reason, link, want string }{
		{"plain", "as the documentation shows it", "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=ab-c_1", "ab-c_1"},
		{"escaped", "clients write it so", "https://graph.microsoft.com/v1.0/users/delta()?%24deltatoken=a%2Bb%3D", "a+b="},
		{"none", "there is nothing to keep", "https://graph.microsoft.com/v1.0/users/delta?$skiptoken=x", ""},
		{"empty", "there is nothing to keep", "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=", ""},
		{"two", "it cannot be told which is meant", "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=a&$deltatoken=b", ""},
		{"no link", "the last page must have one", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tokenOf(tt.link, deltaToken); got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("%s: %q, %v; want %q", tt.reason, got, err, tt.want)
			}
		})
	}
}

func TestExpired(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		err          *Error
		want         bool
	}{
		{"410", "the documented sign", &Error{Status: 410}, true},
		{"state", "the service says so with other statuses, too", &Error{Status: 404, Code: "syncStateNotFound"}, true},
		{"resync", "the service says so with other statuses, too", &Error{Status: 409, Code: "ResyncRequired"}, true},
		{"400", "only the token can be wrong", &Error{Status: 400, Code: "Request_BadRequest"}, true},
		{"403", "a right is no matter of the cursor", &Error{Status: 403, Err: refresh.ErrForbidden}, false},
		{"503", "an outage is no matter of the cursor", &Error{Status: 503}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := errors.Is(expired(tt.err), refresh.ErrCursorExpired); got != tt.want {
				t.Errorf("%s: expired is %t, want %t", tt.reason, got, tt.want)
			}
			if !errors.Is(expired(tt.err), error(tt.err)) {
				t.Errorf("%s: the cause is lost", tt.reason)
			}
		})
	}
}
