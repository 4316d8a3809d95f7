package ldapconn

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// describe adds to a listed mailbox what matching needs beside it, and a refresh does not. Values that are no text are left out: they are no
// evidence.
func (c *Connector) describe(to *refresh.Entry, e *ldap.Entry) {
	attrs := make(map[string][]string)
	if v, err := textOf(e, c.attrs.LegacyDN); err == nil && v != "" {
		attrs["legacyExchangeDN"] = []string{v}
	}
	proxies, _ := raw(e, c.attrs.Addresses)
	for _, v := range proxies {
		if x, ok := cutX500(v); ok {
			attrs["x500"] = append(attrs["x500"], x)
		}
	}
	if len(attrs) > 0 {
		to.Attrs = attrs
	}
	if v, err := textOf(e, c.attrs.Admin); err == nil && v != "" && v != "0" {
		to.Privileged = refresh.Yes
	}
}

// cutX500 returns the distinguished name in a value of proxyAddresses that is an X500 address.
func cutX500(v []byte) (string, bool) {
	const prefix = "x500:"
	if len(v) <= len(prefix) || !bytes.EqualFold(v[:len(prefix)], []byte(prefix)) || !utf8.Valid(v) {
		return "", false
	}
	return string(bytes.TrimSpace(v[len(prefix):])), true
}
