package ldapconn_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/readdress-go/readdress/refresh"
)

const someCSN = "20250102030405.123456Z#000000#000#000000"

// syncing is a directory that looks like OpenLDAP with syncprov.
func syncing() []object {
	all := append(openLDAPRoot(), mailbox(0))
	all[0].attrs["supportedControl"] = []string{ldap.ControlTypeSyncRequest}
	all[1].attrs["contextCSN"] = []string{someCSN}
	all[2].attrs["entryCSN"] = []string{someCSN}
	return all
}

// sequence, octets and flag are what the values of RFC 4533 are made of.
func sequence(class ber.Class, tag ber.Tag, parts ...*ber.Packet) *ber.Packet {
	p := ber.Encode(class, ber.TypeConstructed, tag, nil, "")
	for _, x := range parts {
		p.AppendChild(x)
	}
	return p
}

func octets(class ber.Class, tag ber.Tag, b []byte) *ber.Packet {
	p := ber.Encode(class, ber.TypePrimitive, tag, nil, "")
	p.Data.Write(b)
	return p
}

func flag(yes bool) *ber.Packet {
	return ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, yes, "")
}

// syncInfo is an intermediate response that carries a value.
func syncInfo(id int64, value []byte) []byte {
	return message(id, sequence(ber.ClassApplication, ldap.ApplicationIntermediateResponse,
		octets(ber.ClassContext, 0, []byte(ldap.ControlTypeSyncInfo)), octets(ber.ClassContext, 1, value)))
}

// idSet names entries that were deleted, or that are present.
func idSet(deletes bool, uuids ...string) []byte {
	set := sequence(ber.ClassUniversal, ber.TagSet)
	for _, u := range uuids {
		set.AppendChild(octets(ber.ClassUniversal, ber.TagOctetString, []byte(u)))
	}
	return sequence(ber.ClassContext, 3, flag(deletes), set).Bytes()
}

// syncDone is the end of a refresh.
func syncDone(id int64, code int, controls ...*ber.Packet) []byte {
	op := sequence(ber.ClassApplication, ldap.ApplicationSearchResultDone,
		ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""), text(""), text("secret words of user000001@source.example"))
	p := sequence(ber.ClassUniversal, ber.TagSequence, ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""), op)
	if len(controls) > 0 {
		p.AppendChild(sequence(ber.ClassContext, 0, controls...))
	}
	return p.Bytes()
}

func doneControl(deletes bool) *ber.Packet {
	return sequence(ber.ClassUniversal, ber.TagSequence, text(ldap.ControlTypeSyncDone),
		octets(ber.ClassUniversal, ber.TagOctetString, sequence(ber.ClassUniversal, ber.TagSequence, flag(deletes)).Bytes()))
}

// TestSyncEnds: whatever cuts an answer about deletions short must not be read as if nothing more was deleted.
func TestSyncEnds(t *testing.T) {
	gone := strings.Repeat("\x01", 16)
	const goneID = "01010101-0101-0101-0101-010101010101"
	errAny := errors.New("any error")
	for _, tt := range []struct {
		name, reason string
		answer       func(id int64) [][]byte
		want         error
	}{
		{"whole", "everything deleted is named", func(id int64) [][]byte {
			return [][]byte{syncInfo(id, idSet(true, gone)), syncDone(id, 0, doneControl(true))}
		}, nil},
		{"several in a set", "and a new cookie between", func(id int64) [][]byte {
			return [][]byte{syncInfo(id, octets(ber.ClassContext, 0, []byte("rid=000")).Bytes()), syncInfo(id, idSet(true, gone, gone)), syncDone(id, 0, doneControl(true))}
		}, nil},
		{"present", "what is deleted is not among them", func(id int64) [][]byte {
			return [][]byte{syncInfo(id, idSet(false, gone)), syncDone(id, 0, doneControl(false))}
		}, refresh.ErrCursorExpired},
		{"present, and the end says otherwise", "one of them is wrong", func(id int64) [][]byte {
			return [][]byte{syncInfo(id, idSet(false, gone)), syncDone(id, 0, doneControl(true))}
		}, refresh.ErrCursorExpired},
		{"nothing present", "all was sent anew", func(id int64) [][]byte { return [][]byte{syncDone(id, 0, doneControl(false))} }, refresh.ErrCursorExpired},
		{"present phase ends", "a refreshPresent", func(id int64) [][]byte {
			return [][]byte{syncInfo(id, sequence(ber.ClassContext, 2).Bytes()), syncDone(id, 0, doneControl(true))}
		}, refresh.ErrCursorExpired},
		{"no control", "the server did not synchronise", func(id int64) [][]byte { return [][]byte{syncDone(id, 0)} }, errAny},
		{"closed at once", "", func(int64) [][]byte { return [][]byte{nil} }, errAny},
		{"closed in between", "", func(id int64) [][]byte { return [][]byte{syncInfo(id, idSet(true, gone)), nil} }, errAny},
		{"no end", "the timeout ends it", func(id int64) [][]byte { return [][]byte{syncInfo(id, idSet(true, gone))} }, errAny},
		{"refresh required", "e-syncRefreshRequired", func(id int64) [][]byte { return [][]byte{syncDone(id, 4096)} }, refresh.ErrCursorExpired},
		{"unwilling", "a cookie of the future", func(id int64) [][]byte { return [][]byte{syncDone(id, 53)} }, refresh.ErrCursorExpired},
		{"unknown", "a critical control", func(id int64) [][]byte { return [][]byte{syncDone(id, 12)} }, errors.ErrUnsupported},
		{"size limit", "", func(id int64) [][]byte { return [][]byte{syncInfo(id, idSet(true, gone)), syncDone(id, 4)} }, errAny},
		{"forbidden", "", func(id int64) [][]byte { return [][]byte{syncDone(id, 50)} }, refresh.ErrForbidden},
		{"an entry", "nobody asked for one", func(id int64) [][]byte { return [][]byte{entry(id, mailbox(0)), syncDone(id, 0, doneControl(true))} }, errAny},
		{"a reference", "a part is elsewhere", func(id int64) [][]byte {
			return [][]byte{reference(id, "ldap://x/dc=y"), syncDone(id, 0, doneControl(true))}
		}, errAny},
		{"a UUID of 15 bytes", "", func(id int64) [][]byte {
			return [][]byte{syncInfo(id, idSet(true, gone[1:])), syncDone(id, 0, doneControl(true))}
		}, errAny},
		{"no value", "", func(id int64) [][]byte {
			return [][]byte{message(id, sequence(ber.ClassApplication, ldap.ApplicationIntermediateResponse, octets(ber.ClassContext, 0, []byte("1.2.3")))), syncDone(id, 0, doneControl(true))}
		}, errAny},
		{"not BER", "", func(id int64) [][]byte {
			return [][]byte{syncInfo(id, []byte(strings.Repeat("\xff", 300))), syncDone(id, 0, doneControl(true))}
		}, errAny},
		{"of another search", "", func(id int64) [][]byte {
			return [][]byte{syncInfo(id+7, idSet(true, gone)), syncDone(id, 0, doneControl(true))}
		}, errAny},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{entries: syncing()}
			f.answer = func(_ int, id int64, filter string, messages [][]byte) [][]byte {
				if strings.Contains(filter, "00000000-0000") {
					return tt.answer(id)
				}
				return messages
			}
			c := f.start(t).open(t, time.Second)
			m, err := c.Mark(t.Context())
			must(t, err)
			page, err := c.Changes(t.Context(), m)
			switch {
			case tt.want == nil && (err != nil || len(page.IDs) != 1 || page.IDs[0] != goneID):
				t.Errorf("%v, %v; want one deletion: %s", page.IDs, err, tt.reason)
			case tt.want == errAny && (err == nil || errors.Is(err, refresh.ErrCursorExpired)),
				tt.want != nil && tt.want != errAny && !errors.Is(err, tt.want), err != nil && len(page.IDs) > 0:
				t.Errorf("%v, %v; want %v: %s", page.IDs, err, tt.want, tt.reason)
			case err != nil && strings.Contains(err.Error(), "secret"):
				t.Errorf("the error repeats the server's words: %v", err)
			}
		})
	}
}

// TestIntermediateUnasked: an intermediate response in a search that did not ask for any ends the connection.
func TestIntermediateUnasked(t *testing.T) {
	f := &fake{entries: syncing()}
	f.answer = func(_ int, id int64, _ string, messages [][]byte) [][]byte {
		return append([][]byte{syncInfo(id, idSet(true, strings.Repeat("\x01", 16)))}, messages...)
	}
	c := f.start(t).open(t, 5*time.Second)
	got, err := resolve(t.Context(), t, c, refresh.ID(uuidOf(0)))
	if err == nil && got[0].Err() == nil {
		t.Errorf("%s", word(got[0]))
	}
}
