package graphconn

import (
	"context"
	"errors"
	"sync"

	"github.com/readdress-go/readdress/internal/fanout"
	"github.com/readdress-go/readdress/refresh"
)

const (
	idsPerRequest = 1000 // of getByIds (Microsoft, "directoryObject: getByIds")
	batchesBefore = 5    // how many batches of filters each request in flight has before the instances are asked for
)

// Resolve looks users up by their IDs, and with [Options].Groups groups too.
//
// With the permission Directory.Read.All it asks for 1000 in a request (directoryObjects/getByIds), without it for 300: 20 filters of 15
// in a $batch. [Options].InFlight requests are in progress at a time. Which of them it is is found out by a refusal, once in the life
// of a connector. A request that fails fails its own IDs, and the others go on; credentials that are rejected end the call.
//
// What a complete answer leaves out is looked for among the deleted items, where it is soft-deleted, and then read directly: only when Graph itself
// says that there is no such object, it is gone. Everything else is a failed look-up.
//
// An ID that is not a GUID fails alone and is not sent. IDs in upper case are answered as they were asked.
func (c *Connector) Resolve(ctx context.Context, ids []refresh.ID, answer func(i int, l refresh.Lookup)) error {
	r := newResolution(ctx, c, ids, answer)
	if len(r.ids) == 0 {
		return nil
	}
	if err := r.objects(ctx); err != nil {
		return caused(ctx, err)
	}
	return caused(ctx, r.absent(ctx, r.left))
}

// caused returns the cause of the end of ctx where that is why a call ended.
func caused(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return cause
	}
	return err
}

// final reports whether an error ends a whole call. Other errors are those of a few IDs.
func final(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, refresh.ErrCredentials)
}

// resolution is one call of Resolve or Confirm.
type resolution struct {
	c         *Connector
	asked     []refresh.ID         // as the call has them
	ids       []refresh.ID         // the distinct ones in lower case
	at        map[refresh.ID]int   // where each is in the call
	twins     map[refresh.ID][]int // further places, of other spellings
	instances bool                 // the identities of the mailboxes are to be read

	mu     sync.Mutex
	answer func(int, refresh.Lookup)
	left   []refresh.ID // absent from a complete answer
}

func newResolution(ctx context.Context, c *Connector, ids []refresh.ID, answer func(int, refresh.Lookup)) *resolution {
	r := &resolution{
		c: c, asked: ids, at: make(map[refresh.ID]int, len(ids)), answer: answer,
		instances: c.cloud.Instances && refresh.Verifying(ctx),
	}
	for i, asked := range ids {
		id, err := idOf(asked)
		if err != nil {
			answer(i, refresh.Failed(err))
			continue
		}
		if _, twin := r.at[id]; !twin {
			r.at[id] = i
			r.ids = append(r.ids, id)
			continue
		}
		if r.twins == nil {
			r.twins = map[refresh.ID][]int{}
		}
		r.twins[id] = append(r.twins[id], i)
	}
	return r
}

// tell answers one ID.
func (r *resolution) tell(id refresh.ID, l refresh.Lookup) {
	r.each(id, func(int) refresh.Lookup { return l })
}

// found answers one ID with what was read, under the text that was asked for. read: the mailbox's identity was asked for, and the answer
// is beyond doubt. licensed is evidence.
func (r *resolution) found(m refresh.Mailbox, read bool, licensed refresh.Tri) {
	r.c.tenant.Store(true)
	r.each(m.ID, func(i int) refresh.Lookup {
		m.ID = r.asked[i]
		if read {
			return refresh.Found(m).Licensed(licensed)
		}
		return refresh.Found(m).WithoutInstance()
	})
}

// each answers every place of one ID.
func (r *resolution) each(id refresh.ID, lookup func(i int) refresh.Lookup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer(r.at[id], lookup(r.at[id]))
	for _, i := range r.twins[id] {
		r.answer(i, lookup(i))
	}
}

// fail answers IDs with one error.
func (r *resolution) fail(ids []refresh.ID, err error) {
	for _, id := range ids {
		r.tell(id, refresh.Failed(err))
	}
}

// absentNow notes what a complete answer left out.
func (r *resolution) absentNow(ids []refresh.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, ids...)
}

// objects asks for every ID.
func (r *resolution) objects(ctx context.Context) error {
	var refused []refresh.ID
	if !r.c.rights.usersOnly.Load() {
		chunks := chunksOf(r.ids, idsPerRequest)
		err := fanout.Each(ctx, r.c.opts.InFlight, len(chunks), func(ctx context.Context, i int) error {
			if !r.c.rights.usersOnly.Load() {
				left, err := r.byIDs(ctx, chunks[i])
				if err != nil || left == nil {
					return err
				}
				chunks[i] = left
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			refused = append(refused, chunks[i]...)
			return nil
		})
		if err != nil {
			return err
		}
	} else {
		refused = r.ids
	}
	stage := maxParts * maxClauses * r.c.opts.InFlight * batchesBefore // a multiple, so that nobody is idle at its end
	for _, ids := range chunksOf(refused, stage) {
		if err := r.byFilter(ctx, ids); err != nil {
			return err
		}
	}
	return nil
}

func chunksOf(ids []refresh.ID, size int) (chunks [][]refresh.ID) {
	for ; len(ids) > size; ids = ids[size:] {
		chunks = append(chunks, ids[:size:size])
	}
	if len(ids) > 0 {
		chunks = append(chunks, ids)
	}
	return chunks
}
