package ldapconn

import (
	"context"
	"errors"
	"strings"
	"time"
)

// lifetime says how a forest keeps deleted objects (MS-ADTS sections 3.1.1.1.15 and 6.1.1.2.4.1.1).
type lifetime struct {
	read    bool
	known   bool // it could be read
	bin     bool // the recycle bin is enabled
	deleted time.Duration
}

const (
	day             = 24 * time.Hour
	defaultLifetime = 60 * day // where tombstoneLifetime is not set
	minLifetime     = 2 * day
)

// lifetime reads how long deleted objects can be restored. What this reader may not know is not known.
func (s *session) lifetime(ctx context.Context) (lifetime, error) {
	l := lifetime{read: true}
	parts, err := s.read(ctx, "CN=Partitions,"+s.facts.config, "msDS-EnabledFeature", "objectClass")
	if err != nil {
		return l, ifBroken(err)
	}
	for _, dn := range all(parts, "msDS-EnabledFeature") {
		l.bin = l.bin || strings.HasPrefix(strings.ToLower(dn), "cn=recycle bin feature,")
	}
	service, err := s.read(ctx, "CN=Directory Service,CN=Windows NT,CN=Services,"+s.facts.config, "tombstoneLifetime", "msDS-DeletedObjectLifetime", "objectClass")
	if err != nil {
		return l, ifBroken(err)
	}
	l.known, l.deleted = true, defaultLifetime
	for _, name := range []string{"tombstoneLifetime", "msDS-DeletedObjectLifetime"} {
		if days, ok := number(one(service, name)); ok && 0 < days && days < 36500 {
			l.deleted = max(minLifetime, time.Duration(days)*day)
		}
	}
	return l, nil
}

// ifBroken returns err where it is not the server's refusal to show something.
func ifBroken(err error) error {
	if resultCode(err) != 0 || errors.Is(err, errNoEntry) {
		return nil
	}
	return err
}
