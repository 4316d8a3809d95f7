package ldapconn

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

// deletedSize is how many IDs are looked for among the deleted objects in one search.
const deletedSize = 50

// The attributes of deleted objects (MS-ADTS section 3.1.1.5.5).
const (
	isDeleted   = "isDeleted"
	isRecycled  = "isRecycled"
	whenChanged = "whenChanged"
)

// deletions is what is known of IDs that are proven not to be there.
type deletions struct {
	states  map[refresh.ID]state
	unknown bool   // this reader may not look at deleted objects, or not at all of them
	server  string // that answered for the ones without a state
}

// state is one deleted object, or why what became of it is not known.
type state struct {
	absence refresh.Absence
	err     error
	server  string
}

// lookup is the answer about one ID.
func (d deletions) lookup(id refresh.ID) refresh.Lookup {
	x, ok := d.states[id]
	switch {
	case ok && x.err != nil:
		return refresh.Failed(x.err).On(x.server)
	case ok:
		return refresh.NotFound(x.absence).On(x.server)
	}
	return refresh.NotFound(refresh.Absence{
		Reason: refresh.ReasonGone, Proof: refresh.ProofEmptyScope, Sight: true, DeletionUnknown: d.unknown,
	}).On(d.server)
}

// has reports whether something is known of one ID itself.
func (d deletions) has(id refresh.ID) bool { _, ok := d.states[id]; return ok }

// errBack is an object that was not there a moment ago.
var errBack = fmt.Errorf("ldapconn: the object is there now, and was not a moment ago: %w", refresh.ErrReplicasDisagree)

// deleted looks for IDs among the deleted objects of the places that were asked. What it cannot find out is unknown, and never an
// error. The error is not nil only when ctx ended.
//
// An object that moved to another domain leaves no tombstone under its identity (MS-ADTS section 3.1.1.5.4.2).
func (c *Connector) deleted(ctx context.Context, asked []*trunk, f forest, ids []refresh.ID) (deletions, error) {
	home := asked[0]
	d := deletions{states: map[refresh.ID]state{}, server: home.server()}
	if c.facts.dialect != activeDirectory {
		return d, nil
	}
	left := ids
	looked := map[string]bool{} // the domains whose deleted objects this reader sees
	for _, t := range asked {
		if len(left) == 0 {
			return d, nil
		}
		if err := d.look(ctx, c, t, left); err != nil {
			if ctx.Err() != nil {
				return d, context.Cause(ctx)
			}
			c.opts.Logger.DebugContext(ctx, "ldapconn: deleted objects were not read", "place", t.p.name, "why", err)
			continue
		}
		var rest []refresh.ID
		for _, id := range left {
			if _, ok := d.states[id]; !ok {
				rest = append(rest, id)
			}
		}
		if left = rest; len(left) > 0 {
			d.probe(ctx, f, t, looked)
		}
	}
	if ctx.Err() != nil {
		return d, context.Cause(ctx)
	}
	d.unknown = !f.known
	for _, name := range f.domains {
		d.unknown = d.unknown || !looked[strings.ToLower(name)]
	}
	return d, nil
}

// look searches one place's deleted objects.
func (d *deletions) look(ctx context.Context, c *Connector, t *trunk, ids []refresh.ID) error {
	var life lifetime
	for n := 0; n < len(ids); n += deletedSize {
		s, err := t.session(ctx, 0)
		if err != nil {
			return err
		}
		part := ids[n:min(len(ids), n+deletedSize)]
		req := c.request(s, "(|"+conditions(s.facts.dialect, part)+")")
		req.Attributes = []string{s.facts.dialect.identity, isDeleted, isRecycled, whenChanged}
		req.Controls = showDeleted()
		res, err := s.search(ctx, req)
		if err != nil {
			return err
		}
		if len(res.Entries) > 0 && !life.read {
			if life, err = s.lifetime(ctx); err != nil {
				return err
			}
		}
		asked := map[refresh.ID]bool{}
		for _, id := range part {
			asked[id] = true
		}
		for _, e := range res.Entries {
			id, err := identityOf(s.facts.dialect, e)
			if err != nil || !asked[id] {
				s.tainted.Store(true)
				return &Error{Server: s.server, Op: "search", Err: errUnasked}
			}
			x := stateOf(e, life)
			x.server = s.facts.server
			d.states[id] = x
		}
	}
	return nil
}

// stateOf reads a deleted object. It is restorable as a mailbox only in the first stage of the recycle bin: what is left of it
// otherwise has no addresses.
func stateOf(e *ldap.Entry, life lifetime) state {
	if !isTrue(e, isDeleted) {
		return state{err: errBack}
	}
	a := refresh.Absence{Reason: refresh.ReasonGone, Proof: refresh.ProofTombstone, Sight: true}
	at, dated := timeOf(one(e, whenChanged))
	switch {
	case isTrue(e, isRecycled), life.known && !life.bin:
		// When it was recycled, whenChanged says; when it was deleted, nothing does.
		if dated && !life.bin {
			a.DeletedAt = at
		}
	default:
		a.Reason = refresh.ReasonSoftDeleted
		if dated {
			a.DeletedAt = at
			if life.known {
				a.RestorableUntil = at.Add(life.deleted)
			}
		}
	}
	return state{absence: a}
}

// probe finds out in which domains this reader sees deleted objects: their container is shown to who may (MS-ADTS section 3.1.1.5.5.6).
func (d *deletions) probe(ctx context.Context, f forest, t *trunk, looked map[string]bool) {
	for _, name := range f.domains {
		s, err := t.session(ctx, 0)
		if err != nil {
			return
		}
		if !t.p.catalog && !sameDN(name, s.facts.scope) || looked[strings.ToLower(name)] {
			continue
		}
		req := &ldap.SearchRequest{
			BaseDN: deletedContainer(name), Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)",
			Attributes: []string{isDeleted}, Controls: showDeleted(),
		}
		if res, err := s.search(ctx, req); err == nil && len(res.Entries) == 1 && isTrue(res.Entries[0], isDeleted) {
			looked[strings.ToLower(name)] = true
		}
	}
}

// deletedContainer names the container of a domain's deleted objects by its well-known GUID (MS-ADTS section 6.1.1.4.2).
func deletedContainer(domain string) string {
	return "<WKGUID=18e2ea80684f11d2b9aa00c04f79f805," + domain + ">"
}

func isTrue(e *ldap.Entry, name string) bool { return strings.EqualFold(one(e, name), "TRUE") }

// timeOf reads a GeneralizedTime as Active Directory writes it (RFC 4517 section 3.3.13).
func timeOf(s string) (time.Time, bool) {
	t, err := time.Parse("20060102150405.0Z", s)
	return t, err == nil
}
