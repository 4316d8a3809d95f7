package sambatest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// showDeleted is the control LDAP_SERVER_SHOW_DELETED_OID (MS-ADTS 3.1.1.3.4.1.14), without which a deleted object does
// not exist for any operation.
const showDeleted = "1.2.840.113556.1.4.417"

// Delete removes the entry. What stays of it for 180 days is an object below CN=Deleted Objects with its objectGUID: a
// tombstone without most attributes, or with the recycle bin the object as it was.
func (s *Server) Delete(dn string) error {
	return s.do("delete", dn, func(c *ldap.Conn) error { return c.Del(ldap.NewDelRequest(dn, nil)) })
}

// Undelete puts a deleted person back to where they were, by objectGUID in its text form (MS-ADTS 3.1.1.5.3.7). What a
// tombstone has lost has to be set again. Samba restores tombstones only: with the recycle bin the error is
// [errors.ErrUnsupported].
func (s *Server) Undelete(id string) error {
	control := []ldap.Control{ldap.NewControlString(showDeleted, true, "")}
	read := ldap.NewSearchRequest("<GUID="+id+">", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
		"(isDeleted=TRUE)", []string{"lastKnownParent"}, control)
	return s.do("undelete", id, func(c *ldap.Conn) error {
		if s.recycle {
			return errors.ErrUnsupported
		}
		res, err := c.Search(read)
		if err != nil {
			return err
		}
		if len(res.Entries) != 1 {
			return fmt.Errorf("%d deleted objects", len(res.Entries))
		}
		e := res.Entries[0]
		rdn, _, _ := strings.Cut(e.DN, `\0ADEL:`) // a deleted object is named after what it was
		req := ldap.NewModifyRequest(e.DN, control)
		req.Delete("isDeleted", nil)
		req.Replace("distinguishedName", []string{rdn + "," + e.GetAttributeValue("lastKnownParent")})
		return c.Modify(req)
	})
}
