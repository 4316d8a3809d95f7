package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/internal/fanout"
	"github.com/readdress-go/readdress/refresh"
)

// Mark returns a cursor for this moment. It names the server that was asked and the last change that the server knows,
// as text that begins with the kind and version of the cursor:
//
//	ad1;home:<objectGUID of its NTDS Settings>:<invocationId>:<USN>
//	ol1;<contextCSN>,<contextCSN>;<host>:<port>
//
// In an Active Directory forest of several domains there is such a part for every place that Resolve asks: the home domain, the
// domains of Config.Domains, and the global catalog.
//
// The error wraps [refresh.ErrForbidden] where this reader may not see every change; what lacks is in its text. It wraps
// [errors.ErrUnsupported] where the server does not tell what changed.
func (c *Connector) Mark(ctx context.Context) (refresh.Cursor, error) {
	page, err := c.changes(ctx, "")
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return refresh.Cursor{}, fmt.Errorf("ldapconn: mark: %w", err)
	}
	return page.Next, nil
}

// Changes names what changed since a cursor, all of it in one page, on a connection of its own. Next is from before the changes
// were asked for, so that what happens meanwhile is named next time.
//
// On Active Directory that is every object of the naming context whose uSNChanged is greater than the highestCommittedUSN of
// then, deleted ones among them (Microsoft, "Polling for Changes Using USNChanged"). An update sequence number belongs to one
// domain controller and one life of its database: another one, one that was restored from a backup, and a number that is not
// reached yet are [refresh.ErrCursorExpired].
//
// On OpenLDAP it is the refresh of RFC 4533 with a cookie made of the contextCSN of then. A server that cannot say what was deleted
// since, because its session log does not reach back or was lost in a restart, names instead what is still there: that is
// [refresh.ErrCursorExpired], as is another server.
//
// The error wraps [refresh.ErrForbidden] where this reader may not see every change.
func (c *Connector) Changes(ctx context.Context, since refresh.Cursor) (refresh.ChangePage, error) {
	err := refresh.ErrCursorExpired
	var page refresh.ChangePage
	if since.Token != "" {
		page, err = c.changes(ctx, since.Token)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return refresh.ChangePage{}, fmt.Errorf("ldapconn: changes: %w", err)
	}
	return page, nil
}

// maxChanges bounds what is followed. It takes about 60 bytes for each.
const maxChanges = 1_000_000

var errManyChanges = fmt.Errorf("more than %d objects changed", maxChanges)

// changes returns what changed since the token, and with an empty one only the next cursor.
func (c *Connector) changes(ctx context.Context, since string) (page refresh.ChangePage, err error) {
	c.begin()
	taken := time.Now().UTC().Round(0)
	switch {
	case c.facts.tracks && c.facts.dialect == activeDirectory:
		page, err = c.changesAD(ctx, since)
	case c.facts.tracks:
		page, err = c.changesSync(ctx, since)
	default:
		err = fmt.Errorf("%s does not tell what changed: %w", c.facts.server, errors.ErrUnsupported)
	}
	page.Next.Taken = taken
	return page, err
}

// follow runs f on one session of a place, and again on another one when the connection breaks.
func (c *Connector) follow(ctx context.Context, p *place, f func(*session) error) error {
	t, err := p.trunk(ctx, 1)
	if err != nil {
		return err
	}
	defer t.hangUp()
	for {
		s, err := t.session(ctx, 0)
		if err != nil {
			return err
		}
		err = f(s)
		if err == nil || ctx.Err() != nil || !s.dead() || errors.Is(err, refresh.ErrCursorExpired) {
			return err
		}
		t.broke(err)
	}
}

// noticesChanges returns nil when this session finds some mailbox by the attribute that says when an entry changed. Who may not
// search by that attribute would see no change at all, and no error. It looks among the given entries first.
func (c *Connector) noticesChanges(ctx context.Context, s *session, stamp string, among ...string) error {
	for _, filter := range append(among, "("+stamp+"=*)") {
		req := &ldap.SearchRequest{
			BaseDN: s.facts.scope, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases, SizeLimit: 1,
			Filter: "(&" + filter + anyMail(c.attrs) + ")", Attributes: []string{s.facts.dialect.identity, stamp},
		}
		res, err := s.search(ctx, req)
		if err != nil && resultCode(err) != ldap.LDAPResultSizeLimitExceeded {
			return err
		}
		for _, e := range res.Entries {
			if _, err := identityOf(s.facts.dialect, e); err == nil && holds(e, stamp) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s shows this reader no mailbox with the attribute %s, so changes may be hidden: grant the right to read and search it: %w", s.server, stamp, refresh.ErrForbidden)
}

// gather runs a search that is expected to find little: in one piece, which costs servers less than pages do, and page by page
// where there is more. It notes that in paged.
func (s *session) gather(ctx context.Context, req *ldap.SearchRequest, paged *bool, take func(*ldap.SearchResult) error) error {
	if !*paged {
		if err := s.whole(ctx, req, paged, take); err != nil || !*paged {
			return err
		}
	}
	return s.pages(ctx, req, take)
}

// whole runs a search in one piece. It notes in paged that there is too much for that, which is no error while the session lives.
func (s *session) whole(ctx context.Context, req *ldap.SearchRequest, paged *bool, take func(*ldap.SearchResult) error) error {
	req.SizeLimit = pageSize
	res, err := s.search(ctx, req)
	req.SizeLimit = 0
	if err == nil {
		return take(res)
	}
	if *paged = isTooMany(err); *paged && !s.dead() {
		return nil
	}
	return err
}

// sideBySide runs what needs no order on one session at a time, and returns an error for each. Where one fails the others go on:
// to end them would end the connection. All are called, even when ctx has ended: they say on which server that was.
func sideBySide(ctx context.Context, do ...func() error) []error {
	errs := make([]error, len(do))
	_ = fanout.Each(context.WithoutCancel(ctx), 0, len(do), func(_ context.Context, i int) error {
		errs[i] = do[i]()
		return nil
	})
	return errs
}

// tokenParts cuts a token of the kind and version into its parts.
func tokenParts(token, kind string) ([]string, error) {
	parts := strings.Split(token, ";")
	if len(token) > maxToken || parts[0] != kind {
		return nil, refresh.ErrCursorExpired
	}
	return parts[1:], nil
}

// maxToken is longer than any token of ours: a forest may have some hundred domains.
const maxToken = 64 << 10
