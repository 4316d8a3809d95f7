package graphtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
)

// place is what a skiptoken or deltatoken says. Tokens are opaque to clients.
type place struct {
	Tenant string // whose token it is
	Kind   string
	At     int    // the next entry
	End    int    // delta: where the round ends
	Select string // delta: the selection of the first request
	Issued int64  // delta: Unix nanoseconds
	N      int64  // delta: number of the token
	Repeat bool   // delta: the round replays
}

func (c *call) token(p place) string {
	p.Tenant = c.opts.TenantID
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// place reads a token of a kind; nothing where there is none.
func (c *call) place(token, kind string) (p place, bad *problem) {
	if token == "" {
		return place{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(text, &p) != nil || p.Kind != kind || p.Tenant != c.opts.TenantID || p.At < 0 {
		return place{}, &problem{400, "Request_BadRequest", sayBadToken}
	}
	return p, nil
}

// link writes a nextLink or deltaLink: an absolute URL of the host that was asked.
func (c *call) link(dst []byte, name, path string, query url.Values) []byte {
	dst = append(dst, `,"@odata.`+name+`":`...)
	return appendJSON(dst, "https://"+c.host+"/v1.0"+path+"?"+encode(query))
}

// encode is url.Values.Encode but for the dollar signs, which Graph leaves as they are.
func encode(query url.Values) string {
	text := ""
	for _, k := range []string{"$count", "$filter", "$select", "$top", "$deltatoken", "$skiptoken"} {
		if v := query.Get(k); v != "" {
			if text != "" {
				text += "&"
			}
			text += k + "=" + url.QueryEscape(v)
		}
	}
	return text
}

// next is the query of the next page: this one with another place.
func (c *call) next(token string) url.Values {
	query := url.Values{"$skiptoken": {token}}
	for _, name := range []string{"select", "top", "filter", "count"} {
		if v := c.option(name); v != "" {
			query.Set("$"+name, v)
		}
	}
	return query
}

// top reads $top; preset where it is absent.
func (c *call) top(preset int) (int, *problem) {
	n := preset
	if text := c.option("top"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > 999 {
			return 0, &problem{400, "Request_UnsupportedQuery", fmt.Sprintf(sayPageSize, text)}
		}
	}
	if most := c.opts.Page; most > 0 {
		n = min(n, most)
	}
	return n, nil
}
