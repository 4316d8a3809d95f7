package ldaptest

import (
	"slices"
	"sync"
)

// recorder keeps requests.
type recorder struct {
	mu   sync.Mutex
	list []Request
}

func (x *recorder) add(record bool, r *Request) {
	if !record {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = append(x.list, *r)
}

// Requests returns the requests to all servers in the order in which they came, where [Config].Record is set.
func (f *Forest) Requests() []Request {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	return slices.Clone(f.log.list)
}

// ForgetRequests empties the record.
func (f *Forest) ForgetRequests() {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	f.log.list = nil
}
