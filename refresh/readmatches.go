package refresh

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
)

// ReadMatches reads a job row by row, for jobs that are too large to be held: head is everything but the matches, and rows
// reads one match after the other, each validated as [ReadJob] does. Several readers are the parts of one job (see
// [SplitMatches]), in the order in which their rows shall stand.
//
// An error of a header is returned at once. An error of a row, or of what follows the rows, is yielded last; what was yielded
// before is then part of an invalid job. It is an *[InvalidError] that names the row and the field, as from [ReadJob], but the first
// in the order of the document; where there are several parts it is wrapped in one that says which. In one thing ReadMatches is stricter: all other members must stand
// before the rows, as [Job.Write] puts them. A document made in another way is read with [ReadJob] and written again.
//
// Keys must be unique in all parts together. To see that, a loop over rows keeps 128 bits of the SHA-256 of each key, in 20 to
// 25 bytes a row; that two different keys are taken for one does not happen. Beside these it holds one row and small buffers.
//
// A loop may be left at any time; a reader then stands somewhere behind the row. When every reader can seek, as files can,
// rows can be ranged over again, from where the readers stood at first, one loop at a time; else a second loop yields an
// error. Readers are not closed.
//
// The head of several parts has the ID that all of them must have (*[WrongJobError]), the name, system and account of the first,
// the directories that they are pinned to, which must not differ (*[InvalidError]), and the events of all. A side keeps its
// cursor if all parts have the same cursor and epoch, as parts have that were refreshed with the same [Marks]; it is as old
// as the oldest. Else the next refresh of the job is a full one.
func ReadMatches(parts ...io.Reader) (head Job, rows iter.Seq2[Match, error], err error) {
	if len(parts) == 0 {
		return Job{}, nil, errors.New("refresh: there is no job to read")
	}
	r := &matchReader{}
	heads := make([]Job, len(parts))
	for i, part := range parts {
		p := &partReader{r: part}
		if s, ok := part.(io.Seeker); ok {
			at, err := s.Seek(0, io.SeekCurrent)
			p.seeker, p.start = s, at
			if err != nil { // such as a pipe
				p.seeker = nil
			}
		}
		r.parts = append(r.parts, p)
		if err := p.open(&heads[i]); err != nil {
			return Job{}, nil, r.in(i, err)
		}
	}
	if head, err = joinHeads(heads); err != nil {
		return Job{}, nil, err
	}
	return head, r.all, nil
}

// matchReader reads the rows of several parts as those of one job.
type matchReader struct{ parts []*partReader }

// in says in which part an error is, if there are several.
func (r *matchReader) in(part int, err error) error {
	if len(r.parts) == 1 {
		return err
	}
	return fmt.Errorf("part %d: %w", part+1, err)
}

func (r *matchReader) all(yield func(Match, error) bool) {
	var keys keySet
	for i, p := range r.parts {
		err := p.rows(func(m Match) error {
			if !keys.add(m.Key) {
				return sameKey(m.Key)
			}
			if !yield(m, nil) {
				return errStop
			}
			return nil
		})
		if err == errStop {
			return
		}
		if err != nil {
			yield(Match{}, r.in(i, err))
			return
		}
	}
}

// partReader reads one document.
type partReader struct {
	r      io.Reader
	seeker io.Seeker // nil where r cannot go back
	start  int64
	doc    *reader // stands before the rows, unless read
	header []byte
	read   bool
}

// open reads the document up to its rows.
func (p *partReader) open(head *Job) error {
	in, err := jobDocument.open(p.r)
	if err != nil {
		return err
	}
	rows, err := in.header()
	if err != nil {
		return err
	}
	p.doc, p.header = in, bytes.Clone(in.head)
	var header stampedHeader
	if err := in.judge(&header); err != nil {
		return err
	}
	if !rows {
		return in.noRows()
	}
	header.fill(head)
	return head.validateHeader()
}

func (p *partReader) rows(row func(Match) error) error {
	if p.read {
		if err := p.again(); err != nil {
			return err
		}
	}
	p.read = true
	err := p.doc.array(func(_ int, raw []byte) error {
		m, err := readMatch(raw)
		if err != nil {
			return err
		}
		return row(m)
	})
	if err != nil {
		return err
	}
	before := len(p.doc.head)
	again, err := p.doc.header()
	switch {
	case err != nil:
		return err
	case again:
		return p.doc.array(nil) // it says what is wrong with that
	case len(p.doc.head) != before:
		return p.doc.invalid(p.doc.document.rows, 0, "stands before other members; to be read row by row it must be the last one: read the job with ReadJob and write it again")
	}
	return p.doc.end()
}

// again goes back to the rows.
func (p *partReader) again() error {
	if p.seeker == nil {
		return errors.New("refresh: the rows were read already, and their reader cannot go back: give ReadMatches a file or another io.Seeker, or call it again")
	}
	if _, err := p.seeker.Seek(p.start, io.SeekStart); err != nil {
		return fmt.Errorf("refresh: reading the rows again: %w", err)
	}
	header := p.header
	if err := p.open(&Job{}); err != nil {
		return err
	}
	if !bytes.Equal(header, p.header) {
		return errRowsDiffer
	}
	return nil
}

var errRowsDiffer = errors.New("refresh: the job was changed between two readings of it")

// keySet knows keys by 128 bits of their SHA-256.
type keySet struct{ hashSet[[2]uint64] }

func (s *keySet) add(key string) bool {
	sum := sha256.Sum256([]byte(key))
	return s.hashSet.add([2]uint64{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])})
}

func sameKey(key string) error {
	return &InvalidError{What: "job", Key: key, Field: "key", Problem: "is that of an earlier row already; keys must be unique"}
}
