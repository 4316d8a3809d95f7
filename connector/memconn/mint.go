package memconn

import (
	"fmt"
	"hash/fnv"
	"strconv"
)

// minter makes texts that look like GUIDs: the front from what it mints, the end from a counter.
type minter struct {
	front string
	n     uint64
}

func newMinter(what string) *minter {
	h := fnv.New64a()
	_, _ = h.Write([]byte(what))
	x := h.Sum64()
	return &minter{front: fmt.Sprintf("%08x-%04x-4%03x-8%03x-", uint32(x), uint16(x>>32), uint16(x>>48)&0xfff, uint16(x>>52)&0xfff)}
}

func (m *minter) mint() string {
	m.n++
	end := strconv.FormatUint(m.n, 16)
	return m.front + "000000000000"[min(len(end), 12):] + end
}
