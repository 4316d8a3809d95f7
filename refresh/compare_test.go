package refresh_test

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

func TestWhatRefreshedMeans(t *testing.T) {
	full := refresh.Mailbox{
		ID: "anna", Instance: "box-1", Anchor: "anchor-1", Login: "anna@old.example", DisplayName: "Anna", Kind: refresh.KindUser,
		Primary: "Anna@old.example", Aliases: []refresh.Address{"a@old.example", "b@old.example"},
	}
	type m = refresh.Mailbox
	tests := []struct {
		name, reason string
		change       func(*m)
		want         refresh.Reasons
		after        func(*m) // nil: what was found
	}{
		{name: "nothing", reason: "nothing to write", change: func(*m) {}},
		{name: "aliases in another order", reason: "alias order is no difference", change: func(x *m) { x.Aliases = []refresh.Address{"b@old.example", "a@old.example"} }},
		{
			name: "primary", reason: "the reason for it all", change: func(x *m) { x.Primary = "anna@new.example" },
			want: refresh.ReasonsOf(refresh.ReasonPrimary),
		},
		{
			name: "primary moved to the aliases", reason: "both changed", want: refresh.ReasonsOf(refresh.ReasonPrimary, refresh.ReasonAliases),
			change: func(x *m) {
				x.Primary, x.Aliases = "anna@new.example", append([]refresh.Address{"Anna@old.example"}, full.Aliases...)
			},
		},
		{
			name: "primary spelled in lower case", reason: "the server's spelling is stored", change: func(x *m) { x.Primary = "anna@old.example" },
			want: refresh.ReasonsOf(refresh.ReasonSpelling),
		},
		{
			name: "alias added", reason: "aliases came", change: func(x *m) { x.Aliases = append([]refresh.Address{"c@old.example"}, full.Aliases...) },
			want: refresh.ReasonsOf(refresh.ReasonAliases),
		},
		{
			name: "one alias gone", reason: "aliases went", change: func(x *m) { x.Aliases = full.Aliases[:1] },
			want: refresh.ReasonsOf(refresh.ReasonAliases),
		},
		{
			name: "all aliases gone", reason: "no alias is an answer about aliases", change: func(x *m) { x.Aliases = nil },
			want: refresh.ReasonsOf(refresh.ReasonAliases),
		},
		{
			name: "alias spelled differently", reason: "the same addresses", change: func(x *m) { x.Aliases = []refresh.Address{"A@old.example", "b@old.example"} },
			want: refresh.ReasonsOf(refresh.ReasonSpelling),
		},
		{
			name: "login", reason: "it is refreshed too", change: func(x *m) { x.Login = "anna@new.example" },
			want: refresh.ReasonsOf(refresh.ReasonLogin),
		},
		{
			name: "login spelled differently", reason: "the same login", change: func(x *m) { x.Login = "Anna@OLD.example" },
			want: refresh.ReasonsOf(refresh.ReasonSpelling),
		},
		{
			name: "name", reason: "a detail", change: func(x *m) { x.DisplayName = "Anna Doe" },
			want: refresh.ReasonsOf(refresh.ReasonDetails),
		},
		{
			name: "kind", reason: "a detail", change: func(x *m) { x.Kind = refresh.KindShared },
			want: refresh.ReasonsOf(refresh.ReasonDetails),
		},
		{
			name: "anchor", reason: "a detail", change: func(x *m) { x.Anchor = "anchor-2" },
			want: refresh.ReasonsOf(refresh.ReasonDetails),
		},
		{
			name: "name, login and primary", reason: "each has its reason",
			change: func(x *m) { x.DisplayName, x.Login, x.Primary = "A", "a", "anna@new.example" },
			want:   refresh.ReasonsOf(refresh.ReasonDetails, refresh.ReasonLogin, refresh.ReasonPrimary),
		},
		{name: "no login", reason: "empty means not known and never overwrites", change: func(x *m) { x.Login = "" }},
		{name: "no name", reason: "empty means not known and never overwrites", change: func(x *m) { x.DisplayName = "" }},
		{name: "no anchor", reason: "empty means not known and never overwrites", change: func(x *m) { x.Anchor = "" }},
		{name: "no kind", reason: "unknown never overwrites", change: func(x *m) { x.Kind = refresh.KindUnknown }},
		{
			name: "primary, and nothing else known", reason: "what is not known is kept", change: func(x *m) {
				*x = m{ID: "anna", Instance: "box-1", Primary: "anna@new.example", Aliases: full.Aliases}
			},
			want:  refresh.ReasonsOf(refresh.ReasonPrimary),
			after: func(x *m) { *x = with(full, func(x *m) { x.Primary = "anna@new.example" }) },
		},
		{
			name: "primary repeated among the aliases", reason: "some servers list it twice; it is one address",
			change: func(x *m) { x.Aliases = []refresh.Address{"ANNA@old.example", "a@old.example", "b@old.example"} },
		},
		{
			name: "an alias repeated in another spelling", reason: "it is one address",
			change: func(x *m) {
				x.Aliases = []refresh.Address{"a@old.example", "b@old.example", "A@OLD.example", "B@OLD.example"}
			},
		},
		{
			name: "a new alias behind repeated ones", reason: "repetitions go, the others stay in their order",
			change: func(x *m) {
				x.Aliases = []refresh.Address{"a@old.example", "A@old.example", "b@old.example", "a@old.example", "c@old.example"}
			},
			want: refresh.ReasonsOf(refresh.ReasonAliases),
			after: func(x *m) {
				x.Aliases = []refresh.Address{"a@old.example", "b@old.example", "c@old.example"}
			},
		},
	}
	for _, tt := range tests {
		for _, side := range bothSides {
			t.Run(tt.name+" on the "+side.String(), func(t *testing.T) {
				found := with(full, tt.change)
				c := &script{resolve: answers(lookups{"anna": refresh.Found(found)})}
				j := jobOf(one(side, "1", refresh.Bound, full))
				r := run(t, j, only(side, c), nil)
				want := judged{Outcome: refresh.NotChanged}
				if tt.want != 0 {
					after := found
					if tt.after != nil {
						tt.after(&after)
					}
					want = judged{Outcome: refresh.Refreshed, Reasons: tt.want, After: &after}
				}
				same(t, tt.reason, want, judge(r.Rows[0]))

				j = apply(t, j, r)
				again := run(t, j, only(side, c), nil)
				same(t, "a second run at once has nothing to do", judged{Outcome: refresh.NotChanged}, judge(again.Rows[0]))
				same(t, "and writes nothing", false, again.Rows[0].Writes())
			})
		}
	}
}

// A job made by hand may hold an address twice; what is written holds it once, and the next run is content.
func TestStoredRepetitionsAreTidied(t *testing.T) {
	stored := box("anna", "anna@old.example", "a@old.example", "A@old.example")
	c := &script{resolve: answers(lookups{"anna": refresh.Found(box("anna", "anna@old.example", "a@old.example"))})}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, stored))
	r := run(t, j, only(refresh.Source, c), nil)
	same(t, "the same addresses in another spelling", refresh.ReasonsOf(refresh.ReasonSpelling), r.Rows[0].Reasons)
	j = apply(t, j, r)
	same(t, "then nothing", refresh.NotChanged, run(t, j, only(refresh.Source, c), nil).Rows[0].Outcome)
}

// The directory may give international domains in either form.
func TestInternationalSpelling(t *testing.T) {
	stored := box("anna", "anna@bücher.example")
	c := &script{resolve: answers(lookups{"anna": refresh.Found(box("anna", "anna@xn--bcher-kva.example"))})}
	r := run(t, jobOf(one(refresh.Source, "1", refresh.Bound, stored)), only(refresh.Source, c), nil)
	same(t, "two spellings of one domain", refresh.ReasonsOf(refresh.ReasonSpelling), r.Rows[0].Reasons)
}
