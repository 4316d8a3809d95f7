package graphconn

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/refresh"
)

const (
	annID  = "0c1d148b-0143-4234-8265-f2f8d891d4c0"
	annHex = "0c1d148b014342348265f2f8d891d4c0"
)

func TestMailboxOf(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		json         string
		want         refresh.Mailbox
		attr         string // of the ValueError
	}{
		{"usual", "the capitals mark the primary address, the order is the service's",
			`{"id":"` + annID + `","displayName":"Ann","userPrincipalName":"ann@c.example","mail":"ann@c.example","proxyAddresses":["smtp:a@c.example","SMTP:Ann@c.example"],"onPremisesImmutableId":"RDHiRneDPkiofrZ2nbYu7Q=="}`,
			refresh.Mailbox{ID: annID, Login: "ann@c.example", DisplayName: "Ann", Primary: "Ann@c.example", Aliases: []refresh.Address{"a@c.example"}, Anchor: "46e23144-8377-483e-a87e-b6769db62eed"}, ""},
		{"upper-case ID", "IDs are compared in lower case", `{"id":"0C1D148B-0143-4234-8265-F2F8D891D4C0"}`, refresh.Mailbox{ID: annID}, ""},
		{"blanks", "they are seen in real tenants", `{"id":"` + annID + `","proxyAddresses":["SMTP: ann@c.example "," smtp:a@c.example"]}`,
			refresh.Mailbox{ID: annID, Primary: "ann@c.example", Aliases: []refresh.Address{"a@c.example"}}, ""},
		{"other types", "they are no mail addresses", `{"id":"` + annID + `","proxyAddresses":["x500:/o=E/cn=x","SIP:ann@c.example","SPO:SPO_x@SPO_y","eum:4711;phone-context=x","SMTP:ann@c.example","ann2@c.example"]}`,
			refresh.Mailbox{ID: annID, Primary: "ann@c.example"}, ""},
		{"mail alone", "no proxyAddresses yet", `{"id":"` + annID + `","mail":"ann@c.example","proxyAddresses":[]}`, refresh.Mailbox{ID: annID, Primary: "ann@c.example"}, ""},
		{"mail marks the primary", "none is in capitals", `{"id":"` + annID + `","mail":"ann@c.example","proxyAddresses":["smtp:ann@c.example","smtp:b@c.example"]}`,
			refresh.Mailbox{ID: annID, Primary: "ann@c.example", Aliases: []refresh.Address{"b@c.example"}}, ""},
		{"mail differs", "the proxy address is what mail carries", `{"id":"` + annID + `","mail":"old@c.example","proxyAddresses":["SMTP:ann@c.example"]}`,
			refresh.Mailbox{ID: annID, Primary: "ann@c.example"}, ""},
		{"mail is no address", "a name in mail is no address", `{"id":"` + annID + `","mail":"Ann","proxyAddresses":[]}`, refresh.Mailbox{ID: annID}, ""},
		{"same alias twice", "spellings of one address are one", `{"id":"` + annID + `","proxyAddresses":["SMTP:ann@c.example","smtp:ANN@c.example","smtp:b@c.example","smtp:B@c.example"]}`,
			refresh.Mailbox{ID: annID, Primary: "ann@c.example", Aliases: []refresh.Address{"b@c.example"}}, ""},
		{"mixed-case prefix", "only capitals mark the primary address", `{"id":"` + annID + `","proxyAddresses":["Smtp:a@c.example","SMTP:ann@c.example"]}`,
			refresh.Mailbox{ID: annID, Primary: "ann@c.example", Aliases: []refresh.Address{"a@c.example"}}, ""},
		{"two primaries", "which one is right is not ours to guess", `{"id":"` + annID + `","proxyAddresses":["SMTP:a@c.example","SMTP:b@c.example"]}`, refresh.Mailbox{ID: annID}, "proxyAddresses"},
		{"malformed alias", "half of the aliases would look like a change", `{"id":"` + annID + `","proxyAddresses":["SMTP:a@c.example","smtp:a b@c.example"]}`, refresh.Mailbox{ID: annID}, "proxyAddresses"},
		{"deleted login", "the service puts the ID before the name of who is deleted", `{"id":"` + annID + `","userPrincipalName":"` + annHex + `ann@c.example"}`, refresh.Mailbox{ID: annID}, ""},
		{"deleted login with dashes", "so it is in an example of Microsoft's", `{"id":"` + annID + `","userPrincipalName":"` + annID + `ann@c.example"}`, refresh.Mailbox{ID: annID}, ""},
		{"login of hex digits", "another ID is just a name", `{"id":"` + annID + `","userPrincipalName":"1c1d148b014342348265f2f8d891d4c0ann@c.example"}`,
			refresh.Mailbox{ID: annID, Login: "1c1d148b014342348265f2f8d891d4c0ann@c.example"}, ""},
		{"group", "its kind is known", `{"@odata.type":"#microsoft.graph.group","id":"` + annID + `","displayName":"G","mail":"g@c.example","proxyAddresses":["SMTP:g@c.example"]}`,
			refresh.Mailbox{ID: annID, DisplayName: "G", Kind: refresh.KindGroup, Primary: "g@c.example"}, ""},
		{"escapes", "JSON may escape anything", `{"id":"` + annID + `","displayName":"\u00c4nn \"x\"","proxyAddresses":["SMTP:o\u0027neil@c.example"]}`,
			refresh.Mailbox{ID: annID, DisplayName: `Änn "x"`, Primary: "o'neil@c.example"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := decodeObject(json.RawMessage(tt.json))
			if err != nil {
				t.Fatalf("%s: %v", tt.reason, err)
			}
			m, err := o.mailbox()
			if d := cmp.Diff(tt.want, m); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, d)
			}
			v, ok := errors.AsType[*refresh.ValueError](err)
			if ok != (tt.attr != "") || ok && v.Attr != tt.attr || !ok && err != nil {
				t.Errorf("%s: error %v, want a ValueError of %q", tt.reason, err, tt.attr)
			}
		})
	}
}

func TestAnchorOf(t *testing.T) {
	for _, tt := range []struct {
		name, reason, immutable string
		want                    refresh.ID
	}{
		{"bytes", "the first three fields are little-endian", "RDHiRneDPkiofrZ2nbYu7Q==", "46e23144-8377-483e-a87e-b6769db62eed"},
		{"text", "an administrator may have chosen it", "46E23144-8377-483E-A87E-B6769DB62EED", "46e23144-8377-483e-a87e-b6769db62eed"},
		{"short", "15 bytes are no GUID", "RDHiRneDPkiofrZ2nbYu", ""},
		{"long", "17 bytes are no GUID", "RDHiRneDPkiofrZ2nbYu7QA=", ""},
		{"name", "it names no object", "ann@c.example", ""},
		{"employee number", "it names no object", "E0000017", ""},
		{"none", "cloud-only users have none", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := anchorOf(tt.immutable); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	whole := `"id":"` + annID + `","displayName":null,"userPrincipalName":"a@c.example","mail":null,"proxyAddresses":[],"onPremisesImmutableId":null`
	for _, tt := range []struct {
		name, reason, json string
		groups, untyped    bool
		want               error
	}{
		{"user", "null is a value", `{"@odata.type":"#microsoft.graph.user",` + whole + `}`, false, false, nil},
		{"agent", "an agent user is a user", `{"@odata.type":"#microsoft.graph.agentUser",` + whole + `}`, false, false, nil},
		{"among users", "a collection of users does not repeat the type", `{` + whole + `}`, false, true, nil},
		{"without a type", "among objects of any type it may be anything", `{` + whole + `}`, false, false, refresh.ErrOutOfScope},
		{"ID alone", "the right is lacking", `{"@odata.type":"#microsoft.graph.user","id":"` + annID + `"}`, false, false, refresh.ErrNotVisible},
		{"all null", "the right is lacking: there is no user without a login", `{"@odata.type":"#microsoft.graph.user","id":"` + annID + `","displayName":null,"userPrincipalName":null,"mail":null,"proxyAddresses":[],"onPremisesImmutableId":null}`, false, false, refresh.ErrNotVisible},
		{"one property absent", "absent is not null", `{"@odata.type":"#microsoft.graph.user","id":"` + annID + `","displayName":null,"userPrincipalName":"a@c.example","mail":null,"onPremisesImmutableId":null}`, false, false, refresh.ErrNotVisible},
		{"group unasked", "groups were not asked for", `{"@odata.type":"#microsoft.graph.group","id":"` + annID + `","displayName":"G","mail":null,"proxyAddresses":[]}`, false, false, refresh.ErrOutOfScope},
		{"group", "a group has neither login nor anchor", `{"@odata.type":"#microsoft.graph.group","id":"` + annID + `","displayName":"G","mail":null,"proxyAddresses":[]}`, true, false, nil},
		{"group all null", "the right is lacking: every group has a name", `{"@odata.type":"#microsoft.graph.group","id":"` + annID + `","displayName":null,"mail":null,"proxyAddresses":[]}`, true, false, refresh.ErrNotVisible},
		{"device", "it has no mailbox", `{"@odata.type":"#microsoft.graph.device","id":"` + annID + `"}`, true, true, refresh.ErrOutOfScope},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := decodeObject(json.RawMessage(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			c := &Connector{opts: Options{Groups: tt.groups}}
			if err := c.judge(&o, tt.untyped); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.reason, err, tt.want)
			}
		})
	}
}
