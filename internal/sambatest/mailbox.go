package sambatest

import "strconv"

// The following change a mailbox as Exchange's commands do; the account stays.

// SetMailbox gives the person a mailbox with the identity instance, a GUID in its text form, as user mailbox: a first
// one, or another one in place of the old (a mailbox that was disabled and enabled again).
func (s *Server) SetMailbox(dn, instance string) error {
	b, err := guidBytes(instance)
	if err != nil {
		return err
	}
	return s.modify(dn, Attribute{"msExchMailboxGuid", one(string(b))}, Attribute{"msExchRecipientTypeDetails", one("1")})
}

// DisableMailbox removes everything that Exchange wrote, as Disable-Mailbox does.
func (s *Server) DisableMailbox(dn string) error {
	var attrs []Attribute
	for _, name := range []string{
		"mail", "mailNickname", "proxyAddresses", "legacyExchangeDN", "targetAddress",
		"msExchMailboxGuid", "msExchRecipientTypeDetails", "msExchRemoteRecipientType", "msExchHideFromAddressLists",
	} {
		attrs = append(attrs, Attribute{Name: name})
	}
	return s.modify(dn, attrs...)
}

// remoteUserMailbox is msExchRecipientTypeDetails of a mailbox that lives in Exchange Online.
const remoteUserMailbox = 1 << 31

// MoveToCloud makes the mailbox a remote one, as a finished move to Exchange Online does: target is its address there,
// such as "a@tenant.mail.onmicrosoft.com". The msExchMailboxGuid stays.
func (s *Server) MoveToCloud(dn, target string) error {
	return s.modify(dn,
		Attribute{"msExchRecipientTypeDetails", one(strconv.FormatInt(remoteUserMailbox, 10))},
		Attribute{"msExchRemoteRecipientType", one("4")}, // migrated
		Attribute{"targetAddress", one("SMTP:" + target)},
	)
}
