package refresh

// Apply returns the job with everything that r writes.
func (j Job) Apply(r *Result) (Job, error) { panic("being built") }

// Revert returns the job as it was before r was applied.
func (j Job) Revert(r *Result) (Job, error) { panic("being built") }

// State says whether r is applied to the job, by the job's history.
func (j Job) State(r *Result) State { panic("being built") }

// Accept makes instance the stored instance of one side of a row that was Replaced, so that the next refresh writes there again.
func (j Job) Accept(s Side, key string, instance ID) (Job, error) { panic("being built") }

// Only narrows the plan to the rows that keep picks.
func (r *Result) Only(keep func(Row) bool) (*Result, error) { panic("being built") }
