package ldapconn

import (
	"crypto/tls"
	"net"

	"github.com/go-ldap/ldap/v3"
)

// host is one configured server.
type host struct {
	name    string // for its certificate
	address string // host:port
}

// The usual ports of the global catalog (MS-ADTS section 3.1.1.3.1.10).
const (
	catalogPort    = "3268"
	catalogTLSPort = "3269"
)

// hostsOf reads configured servers, with the usual port where they have none.
func (c *Connector) hostsOf(servers []string, catalog bool) []host {
	clear := c.opts.InsecureClearText || c.cfg.Security == StartTLS
	port := ldap.DefaultLdapsPort
	switch {
	case catalog && clear:
		port = catalogPort
	case catalog:
		port = catalogTLSPort
	case clear:
		port = ldap.DefaultLdapPort
	}
	hosts := make([]host, len(servers))
	for i, s := range servers {
		hosts[i] = hostOf(s, port)
	}
	return hosts
}

func hostOf(server, usual string) host {
	name, port, err := net.SplitHostPort(server)
	if err == nil && port != "" {
		return host{name, server}
	}
	if err != nil {
		name = server
	}
	if n := len(name); n > 2 && name[0] == '[' && name[n-1] == ']' {
		name = name[1 : n-1] // an IPv6 address without a port
	}
	return host{name, net.JoinHostPort(name, usual)}
}

// tlsFor returns the settings for the given host.
func (c *Connector) tlsFor(h host) *tls.Config {
	t := &tls.Config{}
	if c.cfg.TLS != nil {
		t = c.cfg.TLS.Clone()
	}
	if t.ServerName == "" {
		t.ServerName = h.name
	}
	if t.MinVersion == 0 {
		t.MinVersion = tls.VersionTLS12
	}
	return t
}
