package ldapconn

import (
	"strconv"

	"github.com/go-ldap/ldap/v3"
)

// next takes the first element off b, which a framer has let pass.
func next(b []byte) (content, rest []byte) {
	h, _, _ := readHeader(b)
	end := h.width + h.size
	return b[h.width:end:end], b[end:]
}

// operationOf is the content of the operation of a message.
func operationOf(message []byte) []byte {
	parts, _ := next(message)
	_, parts = next(parts) // the message ID
	op, _ := next(parts)
	return op
}

// names are the names of attributes that were seen, so that each is there once.
type names map[string]string

// maxNames bounds them.
const maxNames = 100

func (n names) name(b []byte) string {
	if s, ok := n[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(n) < maxNames {
		n[s] = s
	}
	return s
}

// entryOf reads an entry (RFC 4511 section 4.5.2) that a framer has let pass and counted. Its values are parts of message, which is the
// entry's from then on. Only ByteValues are set.
func entryOf(message []byte, attributes, values int, n names) *ldap.Entry {
	dn, rest := next(operationOf(message))
	list, _ := next(rest)
	e := &ldap.Entry{DN: string(dn), Attributes: make([]*ldap.EntryAttribute, 0, attributes)}
	each, all := make([]ldap.EntryAttribute, attributes), make([][]byte, 0, values)
	for i := 0; len(list) > 0; i++ {
		var one, name, set, value []byte
		one, list = next(list)
		name, rest = next(one)
		set, _ = next(rest)
		from := len(all)
		for len(set) > 0 {
			value, set = next(set)
			all = append(all, value)
		}
		each[i] = ldap.EntryAttribute{Name: n.name(name), ByteValues: all[from:len(all):len(all)]}
		e.Attributes = append(e.Attributes, &each[i])
	}
	return e
}

// referencesOf reads a search result reference (RFC 4511 section 4.5.3) that a framer has let pass.
func referencesOf(message []byte) (urls []string) {
	for list := operationOf(message); len(list) > 0; {
		var url []byte
		url, list = next(list)
		urls = append(urls, string(url))
	}
	return urls
}

// appendKey appends an entry without attributes whose name is the message ID. It goes before the end of an answer: by it
// a search, whose message ID go-ldap does not tell, finds what was gathered for it.
func appendKey(b []byte, id int) []byte {
	key := strconv.Itoa(id) // at most ten digits
	n := len(key)
	b = append(b, tagSequence, byte(12+n), tagInteger, 4, byte(id>>24), byte(id>>16), byte(id>>8), byte(id))
	b = append(b, opEntry, byte(4+n), tagString, byte(n))
	return append(append(b, key...), tagSequence, 0)
}

// collect puts what was gathered for a search in its result, and returns what vanished. Before the end of an answer has come there
// is nothing.
func (g *guard) collect(res *ldap.SearchResult) (gone vanished) {
	if len(res.Entries) == 0 {
		return gone
	}
	id, _ := strconv.Atoi(res.Entries[0].DN)
	res.Entries = nil
	if a := g.take(id); a != nil {
		res.Entries, res.Referrals, gone = a.entries, a.references, a.vanished
	}
	return gone
}
