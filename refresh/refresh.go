package refresh

import "context"

// Refresh looks the selected rows of job up on the given sides and returns what it found and what to write.
func Refresh(ctx context.Context, job Job, sides Sides, opts *Options) (*Result, error) {
	panic("being built")
}

// Check runs the refusals and warnings of Refresh without looking anything up.
func Check(ctx context.Context, job Job, sides Sides) ([]Warning, error) { panic("being built") }
