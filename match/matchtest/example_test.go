package matchtest_test

import (
	"fmt"

	"github.com/readdress-go/readdress/match"
	"github.com/readdress-go/readdress/match/matchtest"
)

// A team's own rules, here a payroll number before the primary address, are held to what the team expects of them.
func ExampleCase_Check() {
	ours := []match.Rule{match.Attribute("payroll"), match.Primary()}
	const file = `
case renamed, but paid as before
source s1
  primary anna.berg@old.example
  attr payroll DE-0017
source s2
  primary ben@old.example
target t1
  primary anna.adler@new.example
  attr payroll de-0017
want s1 matched t1 by attribute payroll
`
	for _, text := range []string{file, file + "want s2 no-candidate\n", file + "want s2 not-found\n"} {
		cases, err := matchtest.Parse("ours.txt", text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(cases[0].Check(ours))
	}
	// Output:
	// ours.txt:2: case "renamed, but paid as before" says nothing of the source "s2": add a want
	// <nil>
	// ours.txt:12: unknown status "not-found": want one of no-candidate, matched, ambiguous, conflict, blocked, pinned
}
