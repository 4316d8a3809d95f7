package ldapconn

import (
	"cmp"
	"errors"
	"hash/maphash"

	"github.com/readdress-go/readdress/refresh"
)

const (
	// maxListed is how many entries a listing may have.
	maxListed = 4_000_000
	// maxAgain is how many entries may come again. An entry that is changed while pages are read may come twice.
	maxAgain = 1000
)

var errEndless = errors.New("the server broke the protocol: the same entries come again and again, or too many for one list")

// roll knows what a listing has listed, so that nothing is listed twice, and so that the pages of a server that
// begins again after the last one come to an end. It keeps a hash of each ID, which takes about 40 bytes. The zero value is ready.
type roll struct {
	limit int // of entries; 0 means maxListed
	seed  maphash.Seed
	seen  map[uint64]struct{}
	again int
}

// first reports whether an ID comes for the first time. The error is [errEndless].
func (r *roll) first(id refresh.ID) (bool, error) {
	if r.seen == nil {
		r.seed, r.seen = maphash.MakeSeed(), map[uint64]struct{}{}
	}
	h := maphash.String(r.seed, string(id))
	if _, ok := r.seen[h]; !ok {
		r.seen[h] = struct{}{}
		if len(r.seen) > cmp.Or(r.limit, maxListed) {
			return false, errEndless
		}
		return true, nil
	}
	if r.again++; r.again > maxAgain {
		return false, errEndless
	}
	return false, nil
}
