package graphconn

import (
	"errors"
	"fmt"
	"hash/crc32"
	"net/url"
	"strings"
)

// The parameters that hold a token in a nextLink and a deltaLink.
const (
	deltaToken = "$deltatoken"
	skipToken  = "$skiptoken"
)

// cursorKind is the kind and version of our cursors. Another selection of properties needs another one, because it is part of the token.
const cursorKind = "graph1"

// maxToken bounds a token; real ones have some hundred bytes.
const maxToken = 16 << 10

// cursor is a point in the changes: a token for each collection. Only tokens are kept, never links. The sum at the end tells a token that
// was damaged: whether the service would is not known.
//
//	graph1;<tenant>;<collection that is read>;d or s;<token>[;<token>];<CRC-32>
type cursor struct {
	tenant string // empty where it is not known
	at     int    // the collection that is read now; those before have their next token already
	inside bool   // its token is for a further page
	tokens []string
}

func (x cursor) String() string {
	state := "d"
	if x.inside {
		state = "s"
	}
	parts := []string{cursorKind, x.tenant, string(rune('0' + x.at)), state}
	for _, t := range x.tokens {
		parts = append(parts, url.QueryEscape(t))
	}
	text := strings.Join(parts, ";")
	return fmt.Sprintf("%s;%08x", text, crc32.ChecksumIEEE([]byte(text)))
}

var errNotOurs = errors.New("not a cursor of this package")

func parseCursor(token string) (cursor, error) {
	parts := strings.Split(token, ";")
	if len(token) > 4*maxToken || len(parts) < 6 || parts[0] != cursorKind || parts[1] != "" && !isGUID(parts[1]) {
		return cursor{}, errNotOurs
	}
	x := cursor{tenant: parts[1], inside: parts[3] == "s"}
	for _, t := range parts[4 : len(parts)-1] {
		token, err := url.QueryUnescape(t)
		if err != nil || token == "" {
			return cursor{}, errNotOurs
		}
		x.tokens = append(x.tokens, token)
	}
	if len(parts[2]) == 1 {
		x.at = int(parts[2][0]) - '0'
	}
	if x.at < 0 || x.at >= len(x.tokens) || x.String() != token {
		return cursor{}, errNotOurs
	}
	return x, nil
}

var errLinkToken = errors.New("graphconn: a link to further changes has no token")

// tokenOf takes the token out of a link.
func tokenOf(link, name string) (string, error) {
	u, err := url.Parse(link)
	if err != nil || link == "" {
		return "", errLinkToken
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil || len(q[name]) != 1 || q[name][0] == "" || len(q[name][0]) > maxToken {
		return "", errLinkToken
	}
	return q[name][0], nil
}
