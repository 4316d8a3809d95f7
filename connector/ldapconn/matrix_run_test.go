package ldapconn_test

import (
	"slices"

	"github.com/readdress-go/readdress/refresh"
)

// elderly is the primary address that every third row of a job still holds.
const elderly refresh.Address = "elderly@old.example"

// job is a job about everybody in the world. Its rows hold the truth, but for an old address here and there.
func (w *realm) job() refresh.Job {
	job := refresh.NewJob("matrix")
	job.Source.Pin = w.pin
	for i, id := range w.ids {
		m, there := w.truth[id]
		m.Aliases = slices.Clone(m.Aliases)
		switch {
		case !there:
			m = refresh.Mailbox{ID: id, Primary: elderly}
		case m.Primary == "": // the mailbox was disabled
			m.Primary, m.Instance = elderly, "0f1e2d3c-4b5a-4697-8879-a0b1c2d3e4f5"
		case i%3 == 0:
			m.Primary = elderly
		}
		job.Matches = append(job.Matches, refresh.Match{Key: string(id), SourceOrigin: refresh.Bound, Source: m})
	}
	return job
}
