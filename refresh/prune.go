package refresh

// Limit bounds how much [Job.Prune] removes. The zero Limit allows 10% of the job's rows and 50 rows; both bounds hold.
type Limit struct {
	MaxShare float64 // of all rows, 0 to 1; zero means 0.1
	MaxRows  int     // zero means 50
	// SoftDeleted also removes rows whose source can still be restored.
	SoftDeleted bool
}

// Prune removes the rows whose source is marked gone.
func (j Job) Prune(limit Limit, keep func(Match) bool) (Job, []Match, error) { panic("being built") }

// Restore puts pruned rows back, at the end of the job.
func (j Job) Restore(rows []Match) (Job, error) { panic("being built") }
