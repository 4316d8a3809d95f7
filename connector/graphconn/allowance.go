package graphconn

import "time"

// What an application may use of one tenant in 10 seconds, by the tenant's size, in ResourceUnits (Microsoft, "Microsoft Graph
// service-specific throttling limits", identity and access).
const (
	smallTenant  = 3500
	mediumTenant = 5000
	largeTenant  = 8000
)

const (
	useOf     = 0.98             // of the limit: requests that the service counts otherwise than we do
	leastOf   = 400              // no limit is thought to be lower
	doubtOf   = smallTenant / 2  // refusals below that have other reasons than the limit, unless they say so
	growAfter = time.Minute      // without a refusal
	growLast  = 30 * time.Minute // likewise, after attempts that failed
	growEvery = 11 * time.Second // a window
	growBy    = 1.15
	tellsFrom = 500 // units in the window from which a share of the limit says something
	nearly    = 0.9 // a share of the limit that leaves no room to try more
)

// allowance is what is known of a tenant's limit. It begins with the largest, because only what is used shows the limit. The
// zero value is ready.
type allowance struct {
	less                  float64       // than largeTenant
	before                float64       // the limit before it was raised last; 0: it was not since it was lowered
	calm                  time.Duration // without a refusal, before it is raised; 0 is growAfter
	cutAt, nearAt, grewAt time.Time
}

func (a *allowance) limit() float64 { return largeTenant - a.less }

func (a *allowance) set(limit float64) {
	a.less = largeTenant - min(max(limit, leastOf), largeTenant)
}

// usable is how much may be used.
func (a *allowance) usable() float64 { return a.limit() * useOf }

// lower lowers the limit. When it had been raised to try, it becomes what it was, and the next attempt is later.
func (a *allowance) lower(now time.Time, limit float64) {
	a.cutAt = now
	if a.before > 0 {
		limit = max(limit, a.before)
		a.calm = min(2*max(a.calm, growAfter), growLast)
		a.before = 0
	}
	a.set(min(limit, a.limit()))
}

// told learns from x-ms-throttle-limit-percentage: the share of the limit that is used. It comes from 0.8 on. The service may or
// may not have counted yet what is in flight, and may have forgotten some of what is used: so it shows how high the limit is at most.
func (a *allowance) told(now time.Time, used, flying, share float64) {
	if used < tellsFrom || share < 0.5 || share > 10 {
		return
	}
	if share >= nearly {
		a.nearAt = now
	}
	low, high := max(0, used-flying)/share, used/share
	limit := (low + high) / 2
	for _, size := range []float64{smallTenant, mediumTenant, largeTenant} {
		if 0.95*low < size && size < 1.05*high {
			limit = size
		}
	}
	if limit < a.limit() {
		a.lower(now, limit)
	}
}

// refused learns from a refusal. One that has other reasons than the limit, such as the load of the service, says nothing about it.
func (a *allowance) refused(now time.Time, used float64, why reason) {
	a.cutAt = now
	if why == otherReason || why == noReason && used < doubtOf {
		return
	}
	limit := used * 0.8
	for _, size := range []float64{smallTenant, mediumTenant} {
		if size <= used*1.05 && size < a.limit()*0.99 {
			limit = size
		}
	}
	a.lower(now, limit)
}

// fine tries a little more when nearly everything was used for a while, and nothing was refused or told.
func (a *allowance) fine(now time.Time, used float64) {
	if a.less == 0 || used < nearly*a.usable() || now.Sub(a.cutAt) < max(a.calm, growAfter) ||
		now.Sub(a.nearAt) < growEvery || now.Sub(a.grewAt) < growEvery {
		return
	}
	a.before, a.grewAt = a.limit(), now
	a.set(a.limit() * growBy)
}
