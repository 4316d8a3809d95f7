package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/readdress-go/readdress/refresh"
)

// csvColumn is a column of lines of type L: its name and how it goes into a line and out of it. It may remember what it
// wrote, so each writer has its own.
type csvColumn[L any] struct {
	name string
	// text is the text of a line, ok is false when there is none that could be read back.
	text func(*L) (s string, ok bool)
	// set sets what the text says, and returns a problem that shows nothing of it.
	set func(line *L, s string) (problem string)
	// steady: nearly all lines have the same text.
	steady bool
	// list: the value is a slice, and each record has its own.
	list bool
}

func (c csvColumn[L]) often() csvColumn[L] {
	c.steady = true
	return c
}

// csvFormat is the last column. It is no part of a record.
const csvFormat = "format"

// csvColumns returns the columns of [Record] before the last one, in order.
func csvColumns() []csvColumn[Record] {
	return []csvColumn[Record]{
		textColumn("job", func(r *Record) *string { return &r.Job }).often(),
		textColumn("key", func(r *Record) *string { return &r.Key }),
		enumColumn("side", allSides, func(r *Record) *refresh.Side { return &r.Side }),
		enumColumn("outcome", refresh.Outcomes(), func(r *Record) *refresh.Outcome { return &r.Outcome }),
		{name: "reason", text: reasonTexts(), set: splitReasons},
		enumColumn("severity", allSeverities, func(r *Record) *refresh.Severity { return &r.Severity }),
		textColumn("identity", func(r *Record) *refresh.ID { return &r.Identity }),
		textColumn("primary_before", func(r *Record) *refresh.Address { return &r.PrimaryBefore }),
		textColumn("primary_after", func(r *Record) *refresh.Address { return &r.PrimaryAfter }),
		textColumn("login_before", func(r *Record) *string { return &r.LoginBefore }),
		textColumn("login_after", func(r *Record) *string { return &r.LoginAfter }),
		listColumn("aliases_added", func(r *Record) *[]refresh.Address { return &r.AliasesAdded }),
		listColumn("aliases_removed", func(r *Record) *[]refresh.Address { return &r.AliasesRemoved }),
		enumColumn("address_in_use", allUses, func(r *Record) *refresh.UseState { return &r.AddressInUse }),
		textColumn("remedy", func(r *Record) *string { return &r.Remedy }).often(),
		textColumn("error", func(r *Record) *string { return &r.Error }),
		timeColumn("time", func(r *Record) *time.Time { return &r.Time }),
		textColumn("name", func(r *Record) *string { return &r.Name }),
		textColumn("use", func(r *Record) *refresh.Address { return &r.Use }),
		enumColumn("state", allStates, func(r *Record) *refresh.State { return &r.State }),
		textColumn("result", func(r *Record) *string { return &r.Result }).often(),
		textColumn("job_id", func(r *Record) *string { return &r.JobID }).often(),
		textColumn("job_digest", func(r *Record) *string { return &r.JobDigest }).often(),
		textColumn("run", func(r *Record) *string { return &r.Run }).often(),
		textColumn("operator", func(r *Record) *string { return &r.Operator }).often(),
		timeColumn("started", func(r *Record) *time.Time { return &r.Started }),
		timeColumn("finished", func(r *Record) *time.Time { return &r.Finished }),
		textColumn("library", func(r *Record) *string { return &r.Library }).often(),
		textColumn("system", func(r *Record) *string { return &r.System }).often(),
		textColumn("directory", func(r *Record) *string { return &r.Directory }).often(),
		textColumn("pin", func(r *Record) *string { return &r.Pin }).often(),
		textColumn("server", func(r *Record) *string { return &r.Server }).often(),
		textColumn("account", func(r *Record) *string { return &r.Account }).often(),
		enumColumn("path", allPaths, func(r *Record) *refresh.Path { return &r.Path }),
	}
}

func textColumn[S ~string](name string, field func(*Record) *S) csvColumn[Record] {
	return csvColumn[Record]{
		name: name,
		text: func(rec *Record) (string, bool) { return string(*field(rec)), true },
		set:  func(rec *Record, s string) string { *field(rec) = S(s); return "" },
	}
}

func listColumn(name string, field func(*Record) *[]refresh.Address) csvColumn[Record] {
	return csvColumn[Record]{
		name: name, list: true,
		text: func(rec *Record) (string, bool) { return joinList(*field(rec)), true },
		set: func(rec *Record, s string) (problem string) {
			*field(rec), problem = splitList(s)
			return problem
		},
	}
}

func timeColumn(name string, field func(*Record) *time.Time) csvColumn[Record] {
	var last time.Time
	var lastText string // nearly all lines have the same time
	return csvColumn[Record]{
		name: name, steady: true,
		text: func(rec *Record) (string, bool) {
			t := field(rec).UTC()
			if t.IsZero() {
				return "", true
			}
			if t != last {
				last, lastText = t, t.Format(time.RFC3339Nano)
			}
			return lastText, hasYear(t)
		},
		set: func(rec *Record, s string) string {
			if s == "" {
				*field(rec) = time.Time{}
				return ""
			}
			t, err := time.Parse(time.RFC3339Nano, s)
			if t = t.UTC(); err != nil || !hasYear(t) {
				return "is no time such as 2006-01-02T15:04:05Z"
			}
			*field(rec) = t
			return ""
		},
	}
}

// hasYear reports whether RFC 3339 can write the year.
func hasYear(t time.Time) bool { return 0 <= t.Year() && t.Year() <= 9999 }

// wordy is an enum whose values have words.
type wordy interface {
	~uint8
	fmt.Stringer
}

// all returns the values from first to last.
func all[E wordy](first, last E) []E {
	var out []E
	for e := first; e <= last; e++ {
		out = append(out, e)
	}
	return out
}

var (
	allSides      = all(refresh.Source, refresh.Target)
	allReasons    = all(refresh.ReasonPrimary, refresh.ReasonMoved)
	allCauses     = all(refresh.CauseNoAnswer, refresh.CauseStale)
	allDetails    = all(UseLost, AccountGone)
	allSeverities = all(refresh.SeveritySame, refresh.SeverityError)
	allUses       = all(refresh.UseKept, refresh.UseLost)
	allStates     = all(refresh.Preview, refresh.Reverted)
	allPaths      = all(refresh.PathFull, refresh.PathIncremental)
)

func wordIn[E wordy](among []E, word string) (E, bool) {
	i := slices.IndexFunc(among, func(e E) bool { return e.String() == word })
	if i < 0 {
		return 0, false
	}
	return among[i], true
}

func enumColumn[E wordy](name string, among []E, field func(*Record) *E) csvColumn[Record] {
	return csvColumn[Record]{
		name: name,
		text: func(rec *Record) (string, bool) { return (*field(rec)).String(), slices.Contains(among, *field(rec)) },
		set: func(rec *Record, s string) string {
			e, ok := wordIn(among, s)
			if !ok {
				var words []string
				for _, e := range among {
					words = append(words, e.String())
				}
				return "is none of " + strings.Join(words, ", ") // not shown: it may be anything
			}
			*field(rec) = e
			return ""
		},
	}
}
