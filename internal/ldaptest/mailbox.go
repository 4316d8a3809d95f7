package ldaptest

import "strings"

// DisableMailbox removes the mailbox and leaves the account, as Disable-Mailbox does: mail, proxyAddresses and
// everything of Exchange go.
func (f *Forest) DisableMailbox(id string) error {
	return f.change(id, func(d draft) error {
		d.keep(func(def *attrDef) bool {
			switch def.name {
			case aMail, aProxies, aNickname, aLegacyDN, aHomeMDB, aTarget, "mDBUseDefaults":
				return false
			}
			return !strings.HasPrefix(def.name, "msExch")
		})
		return nil
	})
}

// ReplaceMailbox gives the account another mailbox with the same addresses and returns its msExchMailboxGuid.
func (f *Forest) ReplaceMailbox(id string) (mailbox string, err error) {
	err = f.change(id, func(d draft) error {
		mailbox = mint(f.random).String()
		p := d.toPerson(f)
		p.Mailbox, p.Target = mailbox, ""
		if p.Type == 0 || p.Type >= RemoteUserMailbox {
			p.Type = UserMailbox
		}
		d.write(p, f)
		return nil
	})
	return mailbox, err
}

// BecomeRemote moves the mailbox to Exchange Online, as the end of a hybrid move does: the type becomes that of a remote
// mailbox, targetAddress says where it lives, also as an alias, and msExchMailboxGuid stays. The target is an address without prefix.
func (f *Forest) BecomeRemote(id, target string) error {
	return f.change(id, func(d draft) error {
		p := d.toPerson(f)
		remote := map[int64]int64{SharedMailbox: RemoteSharedMailbox, RoomMailbox: RemoteRoomMailbox, EquipmentMailbox: RemoteEquipmentMailbox}
		if p.Type = remote[p.Type]; p.Type == 0 {
			p.Type = RemoteUserMailbox
		}
		p.Target = "SMTP:" + target
		p.Proxies = append(p.Proxies[:len(p.Proxies):len(p.Proxies)], "smtp:"+target)
		d.write(p, f)
		d.set(aRemoteType, "4")
		return nil
	})
}

// Recreate deletes an object and makes another one in its place with the same names and addresses, as somebody does who
// deleted an account by mistake. It returns the new identity. A mailbox is a new one too.
func (f *Forest) Recreate(id string) (newID string, err error) {
	p, ok := f.Get(id)
	if !ok {
		return "", errf("recreate: no live object %s", id)
	}
	f.mu.Lock()
	n, err := f.alive(id)
	var domain, parent string
	if err == nil && n.parent != nil {
		parent = n.parent.dn()
		if n.obj.part.domain != nil {
			domain = n.obj.part.domain.cfg.Name
		}
	}
	if p.Mailbox != "" {
		p.Mailbox = mint(f.random).String()
	}
	f.mu.Unlock()
	if err != nil {
		return "", err
	}
	if err := f.Delete(id); err != nil {
		return "", err
	}
	p.ID, p.Anchor, p.Parent = "", "", parent
	return f.Put(domain, p)
}
