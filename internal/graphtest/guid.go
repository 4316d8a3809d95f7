package graphtest

import "encoding/hex"

// guid is an ID in its 16 bytes, so that a large tenant has no pointers.
type guid [16]byte

// parseGUID reads the form with dashes, in either case of letters.
func parseGUID(s string) (g guid, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return g, false
	}
	at := 0
	for i := 0; i < 36; i += 2 {
		if s[i] == '-' {
			i++
		}
		hi, lo := digit(s[i]), digit(s[i+1])
		if hi > 15 || lo > 15 {
			return guid{}, false
		}
		g[at] = hi<<4 | lo
		at++
	}
	return g, true
}

func digit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

func (g guid) append(dst []byte) []byte {
	dst = hex.AppendEncode(dst, g[:4])
	for i := 4; i < 10; i += 2 {
		dst = append(dst, '-')
		dst = hex.AppendEncode(dst, g[i:i+2])
	}
	dst = append(dst, '-')
	return hex.AppendEncode(dst, g[10:])
}

func (g guid) String() string { return string(g.append(nil)) }

// mint makes IDs that follow from its first state: a test that fails can be run again.
type mint struct{ state uint64 }

func (m *mint) next() uint64 {
	m.state += 0x9e3779b97f4a7c15
	z := m.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (m *mint) guid() (g guid) {
	a, b := m.next(), m.next()
	for i := range 8 {
		g[i], g[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	g[6] = g[6]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g
}
