package refresh

// Conflicts lists the addresses and targets that several mailboxes or rows of the job hold.
func (j Job) Conflicts() []Conflict { panic("being built") }
