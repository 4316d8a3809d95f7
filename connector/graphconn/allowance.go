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
	useOf     = 0.97             // of the limit: requests that the service counts otherwise than we do
	leastOf   = smallTenant / 2  // refusals below that have other reasons than the limit
	growAfter = time.Minute      // without a refusal
	growEvery = 11 * time.Second // a window
	growBy    = 1.15
	tellsFrom = 500 // units in the window from which a share of the limit says something
)

// allowance is what is known of a tenant's limit. It begins with the largest, because only what is used shows the limit. The
// zero value is ready.
type allowance struct {
	less                  float64 // than largeTenant
	cutAt, toldAt, grewAt time.Time
}

func (a *allowance) limit() float64 { return largeTenant - a.less }

func (a *allowance) set(limit float64) {
	a.less = largeTenant - min(max(limit, leastOf), largeTenant)
}

// usable is how much may be used.
func (a *allowance) usable() float64 { return a.limit() * useOf }

// told learns from x-ms-throttle-limit-percentage: the share of the limit that is used. It comes from 0.8 on.
func (a *allowance) told(now time.Time, used, share float64) {
	if used < tellsFrom || share < 0.5 || share > 10 {
		return
	}
	a.toldAt = now
	limit := used / share
	for _, size := range []float64{smallTenant, mediumTenant, largeTenant} {
		if 0.87*size < limit && limit < 1.13*size {
			limit = size
		}
	}
	a.set(limit)
}

// refused learns from a refusal. One that came although little was used has other reasons, such as the load of the service.
func (a *allowance) refused(now time.Time, used float64) {
	a.cutAt = now
	if used < leastOf {
		return
	}
	lower := used * 0.8
	for _, size := range []float64{smallTenant, mediumTenant} {
		if size <= used*1.05 && size < a.limit()*0.99 {
			lower = size
		}
	}
	a.set(min(lower, a.limit()))
}

// fine tries a little more when nearly everything was used for a while, and nothing was refused or told.
func (a *allowance) fine(now time.Time, used float64) {
	if a.less == 0 || used < 0.8*a.usable() || now.Sub(a.cutAt) < growAfter || now.Sub(a.toldAt) < growEvery || now.Sub(a.grewAt) < growEvery {
		return
	}
	a.grewAt = now
	a.set(a.limit() * growBy)
}
