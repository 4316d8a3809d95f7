package refresh

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/readdress-go/readdress/internal/strictjson"
)

type jobHeader struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	Source  Endpoint `json:"source,omitzero"`
	Target  Endpoint `json:"target,omitzero"`
	History []Event  `json:"history,omitempty"`
}

func jobHeaderOf(j *Job) jobHeader { return jobHeader{j.ID, j.Name, j.Source, j.Target, j.History} }

// stampedHeader is what stands before the rows of a file.
type stampedHeader struct {
	stamped
	jobHeader
}

func (h *jobHeader) fill(j *Job) {
	j.ID, j.Name, j.Source, j.Target, j.History = h.ID, h.Name, h.Source, h.Target, h.History
}

// Write writes the job as one JSON object, a row a line, in UTF-8. Reading it back gives an equal job; only an empty
// alias list becomes nil and Ext is in compact form. An invalid job is not written.
func (j Job) Write(w io.Writer) error {
	if err := j.Validate(); err != nil {
		return err
	}
	return jobDocument.write(w, jobHeaderOf(&j), len(j.Matches), func(i int) any { return &j.Matches[i] })
}

// ReadJob reads a job that [Job.Write] wrote, of this or any earlier version of the library, or that a person or tool
// made by the same rules. It reads all or nothing; the error is an *[InvalidError] that names the row, the field and
// what is expected, or an error of r.
func ReadJob(r io.Reader) (Job, error) {
	var job Job
	var header stampedHeader
	keys := make(map[string]int)
	err := jobDocument.read(r, &header, func(i int, raw []byte) error {
		m, err := readMatch(raw)
		if err != nil {
			return err
		}
		if first, ok := keys[m.Key]; ok {
			return duplicateKey(i, first, m.Key)
		}
		keys[m.Key] = i
		job.Matches = append(job.Matches, m)
		return nil
	})
	if err != nil {
		return Job{}, err
	}
	header.fill(&job)
	if err := job.validateHeader(); err != nil {
		return Job{}, err
	}
	return job, nil
}

// readMatch reads one row.
func readMatch(raw []byte) (Match, error) {
	var m Match
	if err := strictjson.UnmarshalValid(raw, &m); err != nil {
		return Match{}, err
	}
	if len(m.Ext) > 0 {
		var b bytes.Buffer
		_ = json.Compact(&b, m.Ext) // it is valid, or the row would have been refused
		m.Ext = b.Bytes()
	}
	if err := m.validate(); err != nil {
		return Match{}, err
	}
	return m, nil
}
