package match_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/readdress-go/readdress/connector/memconn"
	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/refresh"
)

// Rows that were imported with addresses alone get an identity before the switch.
func ExampleEnrol() {
	m365 := memconn.New("fabrikam", nil)
	m365.Put(refresh.Mailbox{DisplayName: "Ann Lee", Primary: "ann@old.example"})
	m365.Put(refresh.Mailbox{DisplayName: "Bob", Primary: "bob@old.example", Aliases: []refresh.Address{"sales@old.example"}})
	m365.Put(refresh.Mailbox{DisplayName: "Sales", Kind: refresh.KindShared, Primary: "desk@old.example", Aliases: []refresh.Address{"sales@old.example"}})

	job := refresh.Job{ID: "1", Matches: []refresh.Match{
		{Key: "1", SourceOrigin: refresh.Manual, Source: refresh.Mailbox{Primary: "ann@source.example"}, TargetOrigin: refresh.Manual, Target: refresh.Mailbox{Primary: "ann@old.example"}},
		{Key: "2", SourceOrigin: refresh.Manual, Source: refresh.Mailbox{Primary: "sales@source.example"}, TargetOrigin: refresh.Manual, Target: refresh.Mailbox{Primary: "sales@old.example"}},
	}}
	found, err := match.Enrol(context.Background(), job, refresh.Sides{Target: m365.Connect(nil)}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range found.Offers {
		if o.Mailbox != nil {
			fmt.Println(o.Key, o.State, o.Mailbox.DisplayName)
		} else {
			fmt.Println(o.Key, o.State, o.Reason)
		}
	}
	job, err = found.Apply(job, nil) // all that are offered
	fmt.Println(job.Matches[0].TargetOrigin, job.Matches[1].TargetOrigin, err)
	// Output:
	// 1 offered Ann Lee
	// 2 several 2 objects hold the row's addresses
	// bound manual <nil>
}

// A target that was deleted and made anew is proposed, and nothing is adopted before a person says so.
func ExampleRematch() {
	ad, m365 := memconn.New("contoso", nil), memconn.New("fabrikam", nil)
	ann := ad.Put(refresh.Mailbox{ID: "ann", Primary: "ann@old.example"})
	m365.Put(refresh.Mailbox{ID: "second", Anchor: "ann", Primary: "ann.lee@new.example"})

	job := refresh.Job{ID: "1", Matches: []refresh.Match{{
		Key: "1", SourceOrigin: refresh.Bound, Source: ann, TargetOrigin: refresh.Bound,
		Target: refresh.Mailbox{ID: "first", Anchor: "ann", Primary: "ann@new.example"}, TargetMark: &refresh.Mark{Reason: refresh.ReasonGone},
	}}}
	r, err := match.Rematch(context.Background(), job, refresh.Sides{Source: ad.Connect(nil), Target: m365.Connect(nil)}, match.Default(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range r.Proposals {
		fmt.Println(p.Key, p.Need, p.Mailbox.ID, p.Decision.Rule, "identity changed:", p.IdentityChanged)
		for _, e := range p.Evidence {
			fmt.Println(" ", e.ID, e.Text)
		}
	}
	// Output:
	// 1 missing second row-anchor identity changed: true
	//   second another object carries this anchor
}

// A person pairs in a spreadsheet: what the file does not say stays as it is.
func ExampleReadPairs() {
	job := refresh.Job{ID: "1", Matches: []refresh.Match{
		{Key: "1", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: "s1", Primary: "ann@old.example"}},
		{Key: "2", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: "s2", Primary: "bob@old.example"}, TargetOrigin: refresh.Bound, Target: refresh.Mailbox{ID: "t2", Primary: "bob@new.example"}},
	}}
	job, err := match.ReadPairs(strings.NewReader("key,target\n1,ann@new.example\n"), job, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = match.WritePairs(os.Stdout, job, &match.PairsOptions{Columns: []string{"key", "source", "target", "target_id"}})
	_, err = match.ReadPairs(strings.NewReader("key,target,target_id\n2,carl@new.example,t2\n"), job, nil)
	fmt.Println(err)
	// Output:
	// key,source,target,target_id
	// 1,ann@old.example,ann@new.example,
	// 2,bob@old.example,bob@new.example,t2
	// match: nothing read from the file of pairs; line 2 (key "2"), column target_id: is still that of the former mailbox while the address is another: blank it, or give the new one
}
