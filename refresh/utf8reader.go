package refresh

import (
	"io"
	"unicode/utf8"
)

type utf8Error struct{ offset int64 }

func (e *utf8Error) Error() string { return "not UTF-8" }

// utf8Reader passes text on, whole runes only, and fails at the first byte that is not UTF-8, or at a byte order mark.
// It fails for good, because json.Decoder drops an error that comes with data and reads on.
type utf8Reader struct {
	r      io.Reader
	offset int64             // bytes passed on
	rest   [utf8.UTFMax]byte // the beginning of a rune that the last read cut
	n      int
	err    error
}

// Read wants a p with room for a rune; json.Decoder offers far more.
func (u *utf8Reader) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	n := copy(p, u.rest[:u.n])
	more, err := u.r.Read(p[n:])
	good, bad := u.runes(p[:n+more])
	if bad != nil {
		err = bad
	} else if u.n = copy(u.rest[:], p[good:n+more]); u.n > 0 && err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	u.offset += int64(good)
	u.err = err
	return good, err
}

// runes counts the bytes of b up to its last whole rune, or up to the first byte that must not be there.
func (u *utf8Reader) runes(b []byte) (int, error) {
	good := 0
	for good < len(b) {
		if b[good] < utf8.RuneSelf {
			good++
			continue
		}
		r, size := utf8.DecodeRune(b[good:])
		if size == 1 && !utf8.FullRune(b[good:]) {
			break
		}
		if at := u.offset + int64(good); size == 1 || at == 0 && r == '\uFEFF' {
			return good, &utf8Error{at}
		}
		good += size
	}
	return good, nil
}
