package ldapconn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// usnMark is how far the changes of one domain controller are known.
type usnMark struct {
	part       string // "home", "domain" or "catalog"
	settings   string // the objectGUID of its NTDS Settings, which dsServiceName names: the domain controller
	invocation string // of its database, which a restore changes
	usn        int64
}

func (m usnMark) String() string {
	return fmt.Sprintf("%s:%s:%s:%d", m.part, m.settings, m.invocation, m.usn)
}

// reaches reports whether changes since an earlier mark can be told by the server that m is of now.
func (m usnMark) reaches(since usnMark) bool {
	return m.part == since.part && m.settings == since.settings && m.invocation == since.invocation && since.usn <= m.usn
}

const usnKind = "ad1"

func writeUSN(marks []usnMark) string {
	var b strings.Builder
	b.WriteString(usnKind)
	for _, m := range marks {
		b.WriteString(";" + m.String())
	}
	return b.String()
}

// readUSN reads what writeUSN wrote. What it did not write is [refresh.ErrCursorExpired].
func readUSN(token string) ([]usnMark, error) {
	parts, err := tokenParts(token, usnKind)
	if err != nil {
		return nil, err
	}
	var marks []usnMark
	for _, p := range parts {
		f := strings.Split(p, ":")
		if len(f) != 4 {
			return nil, refresh.ErrCursorExpired
		}
		usn, ok := number(f[3])
		m := usnMark{f[0], f[1], f[2], usn}
		if !ok || usn < 0 || !isUUID(m.settings) || !isUUID(m.invocation) || m.String() != p {
			return nil, refresh.ErrCursorExpired
		}
		marks = append(marks, m)
	}
	return marks, nil
}

// changesAD is [Connector.changes] of Active Directory.
func (c *Connector) changesAD(ctx context.Context, since string) (page refresh.ChangePage, err error) {
	var from []usnMark
	if since != "" {
		if from, err = readUSN(since); err != nil {
			return page, err
		}
	}
	var f forest // as the home knows it now
	if err := c.follow(ctx, c.home, func(s *session) error { f = s.facts.forest; return nil }); err != nil {
		return page, err
	}
	parts, places, err := c.tracked(ctx, f)
	switch {
	case err != nil:
		return page, err
	case since != "" && len(from) != len(parts):
		return page, refresh.ErrCursorExpired // other places are asked than then
	}
	var marks []usnMark
	for i, p := range places {
		n, paged := len(page.IDs), false
		err := c.follow(ctx, p, func(s *session) error {
			now, err := s.usn(ctx, parts[i])
			if err != nil {
				return err
			}
			marks = append(marks[:i], now)
			page.IDs = page.IDs[:n]
			if since == "" {
				return errors.Join(c.noticesUSN(ctx, s, now.usn), s.noticesDeletions(ctx))
			}
			if !now.reaches(from[i]) {
				return refresh.ErrCursorExpired
			}
			return c.since(ctx, s, from[i], now, &paged, &page.IDs)
		})
		if err != nil {
			return refresh.ChangePage{}, err
		}
	}
	page.Next.Token = writeUSN(marks)
	return page, nil
}

// tracked returns every place that Resolve asks, in an order that is always the same, and what each is called.
func (c *Connector) tracked(ctx context.Context, f forest) (parts []string, places []*place, err error) {
	v, err := c.cover(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	if !v.whole && (v.catalog == nil || !f.known) {
		return nil, nil, fmt.Errorf("changes in other domains are not seen: %w", v.lacking)
	}
	slices.SortFunc(v.domains, func(a, b *place) int {
		return strings.Compare(strings.ToLower(a.facts.scope), strings.ToLower(b.facts.scope))
	})
	parts, places = append(parts, "home"), append(places, c.home)
	for _, p := range v.domains {
		parts, places = append(parts, "domain"), append(places, p)
	}
	if v.catalog != nil {
		parts, places = append(parts, "catalog"), append(places, v.catalog)
	}
	return parts, places, nil
}

// usn reads how far the server's changes go. highestCommittedUSN is the last change that is committed: what is numbered up to
// it can be seen (MS-ADTS section 3.1.1.3.2.12).
func (s *session) usn(ctx context.Context, part string) (usnMark, error) {
	const id, life = "objectGUID", "invocationId"
	var root, settings *ldap.Entry
	errs := sideBySide(ctx, func() (err error) {
		root, err = s.read(ctx, "", dsServiceName, "highestCommittedUSN")
		return err
	}, func() (err error) { // which most likely it still is
		settings, err = s.read(ctx, s.facts.ntds, id, life)
		return err
	})
	if errs[0] != nil {
		return usnMark{}, errs[0]
	}
	m := usnMark{part: part}
	var ok bool
	if m.usn, ok = number(one(root, "highestCommittedUSN")); !ok || m.usn < 0 {
		return m, fmt.Errorf("%s shows no highestCommittedUSN: %w", s.server, refresh.ErrForbidden)
	}
	err := errs[1]
	if dn := one(root, dsServiceName); dn != s.facts.ntds {
		settings, err = s.read(ctx, dn, id, life)
	}
	switch {
	case errors.Is(err, errNoEntry), resultCode(err) != 0:
		return m, fmt.Errorf("%s does not show this reader its own NTDS Settings, which tell it from other domain controllers: %w", s.server, refresh.ErrForbidden)
	case err != nil:
		return m, err
	}
	for name, to := range map[string]*string{id: &m.settings, life: &m.invocation} {
		v, _ := rawOne(settings, name)
		id, ok := guidText(v)
		if !ok {
			return m, fmt.Errorf("%s does not show this reader %s of its own NTDS Settings, which tells it from other domain controllers: %w", s.server, name, refresh.ErrForbidden)
		}
		*to = string(id)
	}
	return m, nil
}

// noticesUSN is [Connector.noticesChanges]. Among the latest changes a search is quick, where the server has no limit of its own.
func (c *Connector) noticesUSN(ctx context.Context, s *session, now int64) error {
	const latest = 1000
	return c.noticesChanges(ctx, s, usnChanged, fmt.Sprintf("(%s>=%d)", usnChanged, max(1, now-latest)))
}

// since adds the objects that changed after a mark, whatever they are: what lost its mail attributes is among them, and what
// was deleted. It makes sure that this reader sees such changes: by what the answer holds, else by looking.
func (c *Connector) since(ctx context.Context, s *session, from, now usnMark, paged *bool, ids *[]refresh.ID) error {
	d := s.facts.dialect
	req := &ldap.SearchRequest{
		BaseDN: s.facts.scope, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases,
		Filter: fmt.Sprintf("(%s>=%d)", usnChanged, from.usn+1), Attributes: append([]string{d.identity, usnChanged}, c.attrs.mail()...),
		Controls: showDeleted(),
	}
	noticed := false
	err := s.gather(ctx, req, paged, func(res *ldap.SearchResult) error {
		if !s.accounts(res) {
			return fmt.Errorf("%w: %w", errElsewhere, refresh.ErrOutOfScope)
		}
		for _, e := range res.Entries {
			id, err := identityOf(d, e)
			if at, ok := number(one(e, usnChanged)); err == nil && (!ok || at <= from.usn) {
				err = errUnasked
			}
			if err != nil {
				s.tainted.Store(true)
				return &Error{Server: s.server, Op: "search", Err: err}
			}
			*ids = append(*ids, id)
			for _, name := range c.attrs.mail() {
				noticed = noticed || holds(e, name)
			}
		}
		if len(*ids) > maxChanges {
			return errManyChanges
		}
		return nil
	})
	if err == nil && !noticed {
		err = c.noticesUSN(ctx, s, now.usn)
	}
	if err == nil { // a deletion among the changes may be of long ago, or the container, which says of itself that it is deleted
		err = s.noticesDeletions(ctx)
	}
	return err
}

// noticesDeletions returns nil when this session is shown some deleted object of each domain of its place. Who may not see them
// would take the deleted for unchanged. That their container is shown is not enough: listing it is a right of its own.
func (s *session) noticesDeletions(ctx context.Context) error {
	domains := []string{s.facts.scope}
	if s.place.catalog {
		domains = s.facts.forest.domains
	}
	for _, name := range domains {
		req := &ldap.SearchRequest{
			BaseDN: deletedContainer(name), Scope: ldap.ScopeSingleLevel, DerefAliases: ldap.NeverDerefAliases, SizeLimit: 1,
			Filter: "(" + isDeleted + "=TRUE)", Attributes: []string{isDeleted}, Controls: showDeleted(),
		}
		res, err := s.search(ctx, req)
		if s.dead() || ctx.Err() != nil {
			return err
		}
		if !slices.ContainsFunc(res.Entries, func(e *ldap.Entry) bool { return isTrue(e, isDeleted) }) {
			return fmt.Errorf("%s shows this reader no deleted object of %s, so deletions may be hidden: grant List Contents and Read Property on CN=Deleted Objects with dsacls, or, where nothing was ever deleted, delete something: %w", s.server, name, refresh.ErrForbidden)
		}
	}
	return nil
}
