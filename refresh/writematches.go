package refresh

import (
	"io"
	"iter"
)

// WriteMatches writes a job row by row, for jobs that are too large to be held: the document that [Job.Write] writes for head
// with these rows. Matches that head itself holds are not written.
//
// It stops at the first error: one that rows yields, one of w, or an *[InvalidError] that names the row and the field. What w
// got by then lacks its end, so that no reader takes it for a job. Keys must be unique; to see that, WriteMatches keeps 20 to
// 25 bytes a row, as [ReadMatches] does.
//
// The endpoints of head are written as they are. When rows are left out or added on the way, those with stamps do not fit the
// endpoint's seal any more, and the next refresh is a full one, as after any change of the rows by hand; [SplitMatches] keeps
// the parts of a job fit.
func WriteMatches(w io.Writer, head Job, rows iter.Seq2[Match, error]) error {
	if err := head.validateHeader(); err != nil {
		return err
	}
	out, err := jobDocument.begin(w, jobHeaderOf(&head))
	if err != nil {
		return err
	}
	var keys keySet
	for m, err := range rows {
		if err == nil {
			err = inRow(m.validate(), out.n)
		}
		if err == nil && !keys.add(m.Key) {
			err = inRow(sameKey(m.Key), out.n)
		}
		if err == nil {
			err = out.row(&m)
		}
		if err != nil {
			return err
		}
	}
	return out.end()
}
