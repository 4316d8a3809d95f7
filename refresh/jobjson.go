package refresh

import "io"

// ReadJob reads a job.
func ReadJob(r io.Reader) (Job, error) { panic("being built") }

// Write writes the job.
func (j Job) Write(w io.Writer) error { panic("being built") }

// Validate reports the first rule that the job breaks, as an *InvalidError.
func (j Job) Validate() error { panic("being built") }

// ReadResult reads a result.
func ReadResult(r io.Reader) (*Result, error) { panic("being built") }

// Write writes the result.
func (r *Result) Write(w io.Writer) error { panic("being built") }
