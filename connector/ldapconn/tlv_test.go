package ldapconn

import "bytes"

// tlv is an element as it is sent. The other functions are what the messages of these tests are made of.
func tlv(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	b := []byte{tag}
	switch n := len(content); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x10000:
		b = append(b, 0x82, byte(n>>8), byte(n))
	default:
		b = append(b, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, content...)
}

func tlvText(s string) []byte { return tlv(tagString, []byte(s)) }

func tlvInt(n int) []byte {
	return tlv(tagInteger, []byte{byte(n >> 8 & 0x7f), byte(n)})
}

func tlvAttribute(name string, values ...string) []byte {
	var set [][]byte
	for _, v := range values {
		set = append(set, tlvText(v))
	}
	return tlv(tagSequence, tlvText(name), tlv(tagSet, set...))
}

func tlvEntry(id int, attributes ...[]byte) []byte {
	return tlv(tagSequence, tlvInt(id), tlv(opEntry, tlvText("uid=user000001,ou=People,dc=source,dc=example"), tlv(tagSequence, attributes...)))
}

func tlvResult(op byte, id, code int, controls ...[]byte) []byte {
	parts := [][]byte{tlvInt(id), tlv(op, tlv(tagEnumerated, []byte{byte(code)}), tlvText(""), tlvText(""))}
	if controls != nil {
		parts = append(parts, tlv(tagControls, controls...))
	}
	return tlv(tagSequence, parts...)
}

func tlvReference(id int, urls ...string) []byte {
	var parts [][]byte
	for _, u := range urls {
		parts = append(parts, tlvText(u))
	}
	return tlv(tagSequence, tlvInt(id), tlv(opReference, parts...))
}

// tlvControl is a control with a value.
func tlvControl(oid string, value []byte) []byte {
	return tlv(tagSequence, tlvText(oid), tlv(tagString, value))
}

const pagingOID = "1.2.840.113556.1.4.319"

// tlvNested puts so many sequences in each other.
func tlvNested(n int) []byte {
	var b []byte
	for range n {
		b = tlv(tagSequence, b)
	}
	return b
}
