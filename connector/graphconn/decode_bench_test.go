package graphconn

import (
	"encoding/json"
	"testing"
)

// BenchmarkDecodeUser is what one user costs after the answer was split: a page of 1000 is 1000 of these.
func BenchmarkDecodeUser(b *testing.B) {
	raw := json.RawMessage(`{"@odata.type":"#microsoft.graph.user","id":"` + annID + `","displayName":"User 1","userPrincipalName":"user1@contoso.example","mail":"user1@contoso.example","proxyAddresses":["SMTP:user1@contoso.example","smtp:user1.alias@contoso.example"],"onPremisesImmutableId":"RDHiRneDPkiofrZ2nbYu7Q=="}`)
	b.ReportAllocs()
	for b.Loop() {
		o, err := decodeObject(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := o.mailbox(); err != nil {
			b.Fatal(err)
		}
	}
}
