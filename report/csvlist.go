package report

import (
	"slices"
	"strings"

	"github.com/readdress-go/readdress/refresh"
)

// emptyItem is how a list shows a value that is empty.
const emptyItem = `\e`

var itemEscaper = strings.NewReplacer(`\`, `\\`, `;`, `\;`)

// joinList puts a list into one cell: a ";" between two values, a "\" before a ";" or "\" within one.
func joinList(list []refresh.Address) string {
	if len(list) == 1 && list[0] != "" && !strings.ContainsAny(string(list[0]), `\;`) {
		return string(list[0]) // nearly always
	}
	items := make([]string, len(list))
	for i, a := range list {
		items[i] = emptyItem
		if a != "" {
			items[i] = itemEscaper.Replace(string(a))
		}
	}
	return strings.Join(items, ";")
}

// splitList is the inverse of joinList.
func splitList(s string) (list []refresh.Address, problem string) {
	for rest, more := s, s != ""; more; {
		var item string
		if item, rest, more = cutItem(rest); item == "" {
			return nil, `has an empty value in its list; expected \e, or one ";" less`
		}
		value, problem := readItem(item)
		if problem != "" {
			return nil, problem
		}
		list = append(list, refresh.Address(value))
	}
	return list, ""
}

// cutItem returns what is before the first ";" that no "\" escapes.
func cutItem(s string) (item, rest string, more bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ';':
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func readItem(s string) (value, problem string) {
	if s == emptyItem {
		return "", ""
	}
	if strings.IndexByte(s, '\\') < 0 {
		return s, ""
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			if i++; i == len(s) || s[i] != '\\' && s[i] != ';' {
				return "", `has a "\" in its list that is before no ";" and no "\"`
			}
		}
		out = append(out, s[i])
	}
	return string(out), ""
}

// The reasons of a row are words of three enums, of which none is in two.

// reasonTexts returns a function that joins the words of a record, and remembers what it joined.
func reasonTexts() func(*Record) (s string, ok bool) {
	type why struct {
		reasons refresh.Reasons
		cause   refresh.Cause
		detail  Detail
	}
	known := map[why]string{}
	return func(rec *Record) (s string, ok bool) {
		w := why{rec.Reasons, rec.Cause, rec.Detail}
		if s, ok = known[w]; !ok {
			if s, ok = joinReasons(rec); ok {
				known[w] = s
			}
		}
		return s, ok
	}
}

func joinReasons(rec *Record) (s string, ok bool) {
	list := rec.Reasons.List()
	var words []string
	for _, r := range list {
		words = append(words, r.String())
	}
	if rec.Cause != 0 {
		words = append(words, rec.Cause.String())
	}
	if rec.Detail != NoDetail {
		words = append(words, rec.Detail.String())
	}
	ok = rec.Reasons == refresh.ReasonsOf(list...) && (rec.Cause == 0 || slices.Contains(allCauses, rec.Cause)) && int(rec.Detail) < len(detailWords)
	return strings.Join(words, ";"), ok
}

func splitReasons(rec *Record, s string) (problem string) {
	rec.Reasons, rec.Cause, rec.Detail = 0, 0, NoDetail
	for rest, more := s, s != ""; more; {
		var word string
		word, rest, more = strings.Cut(rest, ";")
		if r, ok := wordIn(allReasons, word); ok && !rec.Reasons.Has(r) {
			rec.Reasons |= refresh.ReasonsOf(r)
		} else if c, ok := wordIn(allCauses, word); ok && rec.Cause == 0 {
			rec.Cause = c
		} else if d, ok := wordIn(allDetails, word); ok && rec.Detail == NoDetail {
			rec.Detail = d
		} else {
			return `has a word that is no reason, or one too many; expected the words of reasons, of one cause and of one detail, with ";" between`
		}
	}
	return ""
}
