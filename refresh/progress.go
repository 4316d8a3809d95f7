package refresh

import (
	"context"
	"time"
)

// Waiting tells the run behind ctx that a connector waits until the given time, such as for a throttled
// service. It does nothing outside a run.
func Waiting(ctx context.Context, until time.Time, why string) {}

// FailedOver tells the run behind ctx that a connector goes on at another replica. It does nothing outside a run.
func FailedOver(ctx context.Context, from, to string, why error) {}
