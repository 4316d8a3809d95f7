package refresh

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"time"
)

// Digest names the content of the job, its history excepted, in 32 hexadecimal digits: all endpoints and rows, in their order, with the
// host's own data. It is the same on every machine, before and after a job is written and read, and in every version that can read the
// job. [Run.JobDigest] holds that of the job which a result was made from, so that both can be laid side by side later. It
// finds changes that nobody hides; it is no signature. It takes some 100 ns a row.
func (j Job) Digest() string {
	epochs := [2]stampHash{stamping(j.Source.Epoch), stamping(j.Target.Epoch)}
	var d digest
	for i := range j.Matches {
		m := &j.Matches[i]
		d.add(i, m, hashText(m.Key), [2]Stamp{epochs[0].stamp(&m.Source), epochs[1].stamp(&m.Target)})
	}
	return d.text(&j)
}

// digest sums up the rows of a job, each with its place, so that parts of the rows can be summed up at the same time.
type digest [2]uint64

// add takes a row in: the hash of its key, and those of its mailboxes as stamps would have them.
func (d *digest) add(i int, m *Match, key uint64, mailboxes [2]Stamp) {
	h := hash{state: key ^ uint64(i)*mixB}
	h.pair(uint64(mailboxes[0]), uint64(mailboxes[1]))
	h.pair(uint64(m.SourceStamp), uint64(m.TargetStamp))
	few := uint64(m.SourceOrigin)<<16 | uint64(m.TargetOrigin)<<8
	if m.Merge {
		few |= 1
	}
	h.pair(few, key)
	if m.SourceUse != "" || m.TargetUse != "" || m.Part != "" || m.SourceMark != nil || m.TargetMark != nil ||
		m.SourcePrevious != nil || m.TargetPrevious != nil || len(m.Ext) > 0 {
		h.rare(m)
	}
	h.pair(mixA, mixB)
	d[0] += h.state
	high, low := bits.Mul64(h.state^mixA, mixB|1)
	d[1] += high ^ low
}

// rare mixes in what most rows do not have.
func (h *hash) rare(m *Match) {
	h.text(string(m.SourceUse))
	h.text(string(m.TargetUse))
	h.text(m.Part)
	for _, mark := range [2]*Mark{m.SourceMark, m.TargetMark} {
		if h.flag(mark != nil); mark != nil {
			h.word(uint64(mark.Reason))
			h.time(mark.FirstSeen)
			h.time(mark.LastSeen)
			h.flag(mark.DeletionUnknown)
		}
	}
	plain := stamping("")
	for _, p := range [2]*Previous{m.SourcePrevious, m.TargetPrevious} {
		if h.flag(p != nil); p != nil {
			h.word(uint64(plain.stamp(&p.Mailbox)))
			h.text(p.Replica)
		}
	}
	h.text(compactJSON(m.Ext))
}

func (h *hash) time(t time.Time) { h.pair(uint64(t.Unix()), uint64(t.Nanosecond())) }

func (h *hash) flag(b bool) {
	if b {
		h.word(1)
	} else {
		h.word(0)
	}
}

// compactJSON leaves the white space out that stands between JSON tokens, as Write does.
func compactJSON(raw []byte) string {
	out := make([]byte, 0, len(raw))
	quoted := false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case quoted && c == '\\' && i+1 < len(raw):
			out = append(out, c)
			i++
			c = raw[i]
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// text mixes the head of the job in.
func (d digest) text(j *Job) string {
	var h hash
	h.text(j.ID)
	h.text(j.Name)
	for _, e := range [2]*Endpoint{&j.Source, &j.Target} {
		for _, s := range [...]string{e.System, e.Pin, e.Account, e.Epoch, e.Seal, e.Cursor.Token} {
			h.text(s)
		}
		h.time(e.Cursor.Taken)
		h.time(e.Since)
	}
	h.word(uint64(len(j.Matches)))
	var b [16]byte
	h.pair(d[0], d[1])
	binary.BigEndian.PutUint64(b[:8], h.sum())
	h.word(mixB)
	binary.BigEndian.PutUint64(b[8:], h.sum())
	return hex.EncodeToString(b[:])
}
