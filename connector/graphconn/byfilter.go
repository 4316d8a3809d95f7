package graphconn

import (
	"context"
	"encoding/json"

	"github.com/readdress-go/readdress/refresh"
)

// collection is one page of a collection, as the part of a batch has it.
type collection struct {
	Value []json.RawMessage `json:"value"`
	Next  string            `json:"@odata.nextLink"`
}

// byFilter asks for users by filters, 15 in each, 20 filters in a request.
func (r *resolution) byFilter(ctx context.Context, ids []refresh.ID) error {
	groups := chunksOf(ids, maxClauses)
	tallies := make([]*tally, len(groups))
	paths := make([]string, len(groups))
	for i, g := range groups {
		tallies[i] = newTally(r.c, g)
		texts := make([]string, len(g))
		for k, id := range g {
			texts[k] = string(id)
		}
		paths[i] = "/users?$filter=" + escape(in("id", texts)) + "&$select=" + mailboxProperties.names()
	}
	var complete []int
	err := r.c.filters(ctx, "users by id", paths, func(i int, value []json.RawMessage) { tallies[i].take(value, true) }, func(i int, err error) {
		if err != nil {
			r.fail(groups[i], err)
			return
		}
		complete = append(complete, i)
	})
	for _, i := range complete {
		if err := r.settle(ctx, tallies[i]); err != nil {
			return err
		}
	}
	return err
}

// filters asks for collections by batch, and follows each to its end. take gets the pages of the i-th; then done is called once, with an error
// where there may be more. Both are called one at a time. An error that is returned ends the call; done was not called for what was open.
func (c *Connector) filters(ctx context.Context, op string, paths []string, take func(i int, value []json.RawMessage), done func(i int, err error)) error {
	parts := make([]part, len(paths))
	for i, p := range paths {
		parts[i] = part{path: p, units: 1}
	}
	next := map[int]string{} // further pages are rare: none of these questions has more than 100 answers
	var fatal error
	err := c.batch(ctx, op, parts, func(i int, a partAnswer) {
		switch {
		case a.err != nil && final(ctx, a.err):
			fatal = a.err
		case a.err != nil:
			done(i, a.err)
		default:
			var page collection
			if decode(a.body, &page) != nil || page.Value == nil {
				done(i, errObject)
				return
			}
			take(i, page.Value)
			if next[i] = page.Next; page.Next == "" {
				delete(next, i)
				done(i, nil)
			}
		}
	})
	if err == nil {
		err = fatal
	}
	if err != nil {
		return err
	}
	for i, link := range next {
		_, err := c.pages(ctx, request{op: op, method: "GET", link: link, units: 1}, func(value []json.RawMessage) error { take(i, value); return nil })
		if err != nil && final(ctx, err) {
			return err
		}
		done(i, err)
	}
	return nil
}
