package sambatest

import (
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// DN returns the DN of an account.
func (s *Server) DN(a Account) string { return accountDN(a, s.Suffix) }

// PersonDN returns the DN of the person below OU=People.
func (s *Server) PersonDN(name string) string { return personDN(Person{Name: name}, s.Suffix) }

// OU returns the DN of an organizational unit below the suffix.
func (s *Server) OU(name string) string { return ouDN(name, s.Suffix) }

// do runs an operation as administrator.
func (s *Server) do(what, dn string, op func(*ldap.Conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admin == nil {
		return fmt.Errorf("sambatest: %s %s: the server is stopped", what, dn)
	}
	if s.admin.IsClosing() { // the server ends a connection that was idle for 15 minutes
		conn, err := s.Dial(Admin)
		if err != nil {
			return fmt.Errorf("sambatest: %s %s: %w", what, dn, err)
		}
		s.admin = conn
	}
	if err := op(s.admin); err != nil {
		return fmt.Errorf("sambatest: %s %s: %w", what, dn, err)
	}
	return nil
}

// Add adds a person. Over LDAP the server chooses the objectGUID, so a person with an ID is an error; see [Server.Lookup].
func (s *Server) Add(p Person) error {
	dn := personDN(p, s.Suffix)
	if p.ID != "" {
		return fmt.Errorf("sambatest: add %s: only Start can give an ID", dn)
	}
	attrs, err := p.attributes()
	if err != nil {
		return err
	}
	return s.add(dn, attrs)
}

// AddOU adds an organizational unit below the suffix. [Blind] may not list it.
func (s *Server) AddOU(name string) error {
	// The rules come from OU=People, as a value that the server itself wrote.
	var rules string
	read := ldap.NewSearchRequest(s.OU(""), ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{"nTSecurityDescriptor"}, nil)
	if err := s.do("read", read.BaseDN, func(c *ldap.Conn) error {
		res, err := c.Search(read)
		if err == nil && len(res.Entries) == 1 {
			rules = string(res.Entries[0].GetRawAttributeValue("nTSecurityDescriptor"))
		}
		return err
	}); err != nil {
		return err
	}
	return s.add(s.OU(name), []Attribute{{"objectClass", one("organizationalUnit")}, {"nTSecurityDescriptor", one(rules)}})
}

func (s *Server) add(dn string, attrs []Attribute) error {
	req := ldap.NewAddRequest(dn, nil)
	for _, a := range attrs {
		req.Attribute(a.Name, a.Values)
	}
	return s.do("add", dn, func(c *ldap.Conn) error { return c.Add(req) })
}

// Replace sets an attribute of the entry to the given values; none removes the attribute.
func (s *Server) Replace(dn, attr string, values ...string) error {
	return s.modify(dn, Attribute{attr, values})
}

// SetAddresses replaces a person's mail and proxyAddresses. An empty mail or a proxy list of nil removes the attribute.
func (s *Server) SetAddresses(dn, mail string, proxies []string) error {
	return s.modify(dn, Attribute{"mail", one(mail)}, Attribute{"proxyAddresses", proxies})
}

// SetPassword changes the password of an account. Connections that it has stay as they are; the next bind with [Password]
// is refused with result code 49. The password must meet the complexity rules.
func (s *Server) SetPassword(a Account, password string) error {
	return s.modify(s.DN(a), Attribute{"unicodePwd", one(quoted(password))})
}

func (s *Server) modify(dn string, attrs ...Attribute) error {
	req := ldap.NewModifyRequest(dn, nil)
	for _, a := range attrs {
		req.Replace(a.Name, a.Values)
	}
	return s.do("modify", dn, func(c *ldap.Conn) error { return c.Modify(req) })
}

// Rename gives the entry a new RDN, and a new parent unless that is empty. Its objectGUID stays.
func (s *Server) Rename(dn, rdn, parent string) error {
	return s.do("rename", dn, func(c *ldap.Conn) error { return c.ModifyDN(ldap.NewModifyDNRequest(dn, rdn, true, parent)) })
}

// Lookup returns the objectGUID of the entry in its text form.
func (s *Server) Lookup(dn string) (id string, err error) {
	req := ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{"objectGUID"}, nil)
	err = s.do("read", dn, func(c *ldap.Conn) error {
		res, err := c.Search(req)
		if err == nil && len(res.Entries) == 1 {
			id = guidText(res.Entries[0].GetRawAttributeValue("objectGUID"))
		}
		return err
	})
	return id, err
}
