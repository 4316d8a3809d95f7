package ldapconn

import "sync/atomic"

// maxDecoded bounds what the answers in progress on all connections of a connector occupy, by the estimate below. The heap grows
// to twice that before Go collects what is no longer used, and an answer that a caller has taken does not count any more,
// although he still reads it. It has room for an entry with 100,000 addresses, for a page of 1000 entries, or for eight
// searches of 200.
const maxDecoded = 12 << 20

// budget is what the answers in progress may still occupy. The zero value is ready. It is safe for concurrent use.
type budget struct{ used atomic.Int64 }

// take takes n bytes, or gives them back when n is negative. It reports false, and takes nothing, when there are not as many.
func (b *budget) take(n int) bool {
	for {
		old := b.used.Load()
		now := old + int64(n)
		if n > 0 && now > maxDecoded {
			return false
		}
		if b.used.CompareAndSwap(old, now) {
			return true
		}
	}
}

// What a message costs that is gathered here, beside its own size: an [ldap.Entry] and the lists in it. A reference costs less; that
// it counts as much ends a server sooner that sends them for ever.
const (
	costMessage   = 400
	costAttribute = 80 // an EntryAttribute and its place
	costValue     = 24 // a slice
)

// What a message costs that go-ldap decodes, measured with go-asn1-ber 1.5.8 and Go 1.26; TestDecodingCost holds the estimate
// against it. Every element becomes a Packet with a Buffer and room for children. A primitive one's content is there three times:
// as read, where io.ReadAll begins with 512 bytes, in the Buffer, which begins with 64, and as text. The content of a
// constructed one is there again, in a Buffer that grew.
const (
	costElement = 208
	readLeast   = 512
	bufferLeast = 64
)

// costOf is what an element costs while go-ldap decodes its message, without the elements in it.
func costOf(h header) int {
	switch {
	case h.constructed():
		return costElement + h.size + h.size/4
	case h.size == 0:
		return costElement
	}
	return costElement + max(h.size, readLeast) + max(h.size, bufferLeast) + h.size
}
