package slapdtest

import (
	"fmt"
	"net"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// DN returns the DN of an account.
func (s *Server) DN(a Account) string { return dn(a, s.Suffix) }

// PersonDN returns the DN of the person below ou=People.
func (s *Server) PersonDN(uid string) string { return "uid=" + uid + "," + peopleDN(s.Suffix) }

func (s *Server) dialAdmin() (*ldap.Conn, error) {
	conn, err := ldap.DialURL("ldap://"+s.Addr, ldap.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}))
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(10 * time.Second)
	if err := conn.Bind(s.DN(Admin), Password); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// do runs an operation as administrator.
func (s *Server) do(what, dn string, op func(*ldap.Conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admin == nil {
		return fmt.Errorf("slapdtest: %s %s: the server is stopped", what, dn)
	}
	if err := op(s.admin); err != nil {
		return fmt.Errorf("slapdtest: %s %s: %w", what, dn, err)
	}
	return nil
}

// Add adds a person. Their entryUUID is p.ID, or the server's choice where that is empty.
func (s *Server) Add(p Person) error {
	dn := s.PersonDN(p.UID)
	req := ldap.NewAddRequest(dn, nil)
	for _, a := range p.attributes() {
		req.Attribute(a.name, a.values)
	}
	if p.ID != "" {
		// entryUUID is the server's to set; the Relax Rules control lets the administrator give it.
		req.Attribute("entryUUID", []string{p.ID})
		req.Controls = []ldap.Control{ldap.NewControlString("1.3.6.1.4.1.4203.666.5.12", true, "")}
	}
	return s.do("add", dn, func(c *ldap.Conn) error { return c.Add(req) })
}

// AddOU adds an organizational unit below ou=People, where the rules for the people hold, and returns its DN.
func (s *Server) AddOU(name string) (dn string, err error) {
	dn = "ou=" + name + "," + peopleDN(s.Suffix)
	req := ldap.NewAddRequest(dn, nil)
	req.Attribute("objectClass", []string{"organizationalUnit"})
	req.Attribute("ou", []string{name})
	return dn, s.do("add", dn, func(c *ldap.Conn) error { return c.Add(req) })
}

// Replace sets an attribute of the entry to the given values; none removes the attribute.
func (s *Server) Replace(dn, attr string, values ...string) error {
	req := ldap.NewModifyRequest(dn, nil)
	req.Replace(attr, values)
	return s.do("modify", dn, func(c *ldap.Conn) error { return c.Modify(req) })
}

// SetAddresses replaces a person's mail and proxyAddresses. A proxy list of nil removes the attribute.
func (s *Server) SetAddresses(uid string, mail, proxies []string) error {
	req := ldap.NewModifyRequest(s.PersonDN(uid), nil)
	req.Replace("mail", mail)
	req.Replace("proxyAddresses", proxies)
	return s.do("modify", req.DN, func(c *ldap.Conn) error { return c.Modify(req) })
}

// Delete removes the entry.
func (s *Server) Delete(dn string) error {
	return s.do("delete", dn, func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest(dn, nil)) })
}

// Rename gives the entry a new RDN, and a new parent unless that is empty. Its entryUUID stays.
func (s *Server) Rename(dn, rdn, parent string) error {
	return s.do("rename", dn, func(c *ldap.Conn) error { return c.ModifyDN(ldap.NewModifyDNRequest(dn, rdn, true, parent)) })
}

// Lookup returns the entryUUID of the entry.
func (s *Server) Lookup(dn string) (id string, err error) {
	req := ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{"entryUUID"}, nil)
	err = s.do("read", dn, func(c *ldap.Conn) error {
		res, err := c.Search(req)
		if err == nil && len(res.Entries) == 1 {
			id = res.Entries[0].GetAttributeValue("entryUUID")
		}
		return err
	})
	return id, err
}

// Append adds values to an attribute of the entry.
func (s *Server) Append(dn, attr string, values ...string) error {
	req := ldap.NewModifyRequest(dn, nil)
	req.Add(attr, values)
	return s.do("modify", dn, func(c *ldap.Conn) error { return c.Modify(req) })
}
