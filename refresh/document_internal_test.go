package refresh

import (
	"errors"
	"strings"
	"testing"
)

// unwritable is a value that encoding/json cannot write. Validation keeps such values out; a mistake there must not
// end as a file that looks whole.
type unwritable struct{}

var errUnwritable = errors.New("cannot be written")

func (unwritable) MarshalText() ([]byte, error) { return nil, errUnwritable }

func TestWriteUnwritable(t *testing.T) {
	for name, c := range map[string]struct {
		header any
		row    any
		want   string
	}{
		"header": {unwritable{}, 1, ""},
		"row":    {struct{}{}, unwritable{}, "row 2"},
	} {
		var b strings.Builder
		err := jobDocument.write(&b, c.header, 2, func(i int) any {
			if i == 0 {
				return 1
			}
			return c.row
		})
		if !errors.Is(err, errUnwritable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", name, err)
		}
		if strings.HasSuffix(b.String(), "]}\n") {
			t.Errorf("%s: the file looks whole: %s", name, b.String())
		}
	}
}
