package imapconn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"

	"github.com/readdress-go/readdress/connector/imapconn"
	"github.com/readdress-go/readdress/refresh"
)

func TestProbe(t *testing.T) {
	for _, security := range []imapconn.Security{imapconn.TLS, imapconn.StartTLS} {
		for _, x := range []struct {
			name, reason string
			lacking      []imap.Cap
			size         bool
		}{
			{"all", "one LIST tells everything", nil, true},
			{"no LIST-STATUS", "each folder is asked for", []imap.Cap{imap.CapListStatus}, true},
			{"no STATUS=SIZE", "the size is not known", []imap.Cap{imap.CapStatusSize}, false},
			{"nothing", "only what RFC 3501 has", []imap.Cap{imap.CapListStatus, imap.CapStatusSize, imap.CapNamespace, imap.CapListExtended, imap.CapSpecialUse}, false},
		} {
			t.Run(security.String()+"/"+x.name, func(t *testing.T) {
				s := start(t, security, func(s *server) {
					for _, c := range x.lacking {
						delete(s.caps, c)
					}
				})
				s.add("anna@old.example", "s3cret-anna").deliver("INBOX", 1, 9)
				ben := s.add("ben@old.example", "s3cret-ben")
				must(ben.store.Create("Sent", nil))
				ben.deliver("Sent", 1, 3)
				s.add("cleo@old.example", "p").refuse = &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeUnavailable, Text: "cleo@old.example"}
				cfg := listOf(
					imapconn.Account{Login: "anna@old.example", Password: "s3cret-anna"},
					imapconn.Account{Login: "ben@old.example", Password: "s3cret-ben"},
					imapconn.Account{Login: "ben@old.example", Password: "wrong-w0rd"},
					imapconn.Account{Login: "cleo@old.example", Password: "p"},
					imapconn.Account{Login: "dora@old.example"},
				)
				cfg.Security = security
				got := probes(t, s.connect(t, cfg, nil))
				states := []imapconn.ProbeState{imapconn.Works, imapconn.Works, imapconn.Rejected, imapconn.Unavailable, imapconn.Unfit}
				for i, p := range got {
					if p.State != states[i] || (p.Err == nil) != (p.State == imapconn.Works) {
						t.Errorf("%d (%s): state %s, want %s: %v", i, x.reason, p.State, states[i], p.Err)
					}
					if errors.Is(p.Err, refresh.ErrCredentials) {
						t.Errorf("%d: one account's rejection is that of the side: %v", i, p.Err)
					}
					if p.Err != nil && strings.Contains(p.Err.Error(), "old.example") {
						t.Errorf("%d: the error names the account: %v", i, p.Err)
					}
				}
				if p := got[0]; !p.Inbox || p.Messages != 9 || p.UIDValidity != 2 || p.UIDNext != 10 || (p.Size > 0) != x.size {
					t.Errorf("anna: %+v", p)
				}
				if !x.size && got[0].Size != -1 {
					t.Errorf("an unknown size is %d", got[0].Size)
				}
				if x.name != "nothing" && (got[1].Messages != 3 || got[1].Folders != 2) {
					t.Errorf("ben: %+v", got[1])
				}
				if len(s.writes) > 0 {
					t.Errorf("opened for writing: %v", s.writes)
				}
				for _, secret := range []string{"s3cret", "anna@", "AUTHENTICATE", "LOGIN"} {
					if strings.Contains(s.inClear(), secret) {
						t.Errorf("%q was sent in clear", secret)
					}
				}
			})
		}
	}
}
