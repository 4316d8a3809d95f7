package report_test

import (
	"log"
	"os"
	"time"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

func ExampleText() {
	r := &refresh.Result{
		ID: "r-1", JobID: "j-1", JobName: "Contoso", JobRows: 2,
		Run: refresh.Run{
			ID: "run-1", Started: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
			Source: &refresh.SideRun{System: "Active Directory", Server: "dc1.old.example", Asked: 2},
		},
		Rows: []refresh.Row{{
			Key: "anna", Side: refresh.Source, Origin: refresh.Bound, Outcome: refresh.Refreshed,
			Reasons: refresh.ReasonsOf(refresh.ReasonPrimary),
			Before:  refresh.Mailbox{ID: "a1", Primary: "anna@old.example"},
			After:   &refresh.Mailbox{ID: "a1", Primary: "anna@new.example"},
		}, {
			Key: "bert", Side: refresh.Source, Origin: refresh.Bound, Outcome: refresh.LookupFailed,
			Cause: refresh.CauseNoAnswer, Failure: "no answer",
			Before: refresh.Mailbox{ID: "b2", Primary: "bert@old.example"},
		}},
	}
	if err := report.Text(os.Stdout, r, &report.Options{Width: 72}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Refresh of job "Contoso"
	// PREVIEW: nothing is written to the job until this result is applied.
	//
	// Job         j-1
	// Rows        2 selected of 2
	// Result      r-1
	// Run         run-1
	// When        2026-03-01 09:00:00 UTC
	// Source      Active Directory
	//   server      dc1.old.example
	//   looked up   2 mailboxes, full
	// Target      not asked
	//
	//                                         Source  severity
	// ✓ Would be refreshed                         1  ok
	//     primary address                          1
	// = Not changed                                0  same
	// ✗ Not refreshed – missing                    0  error
	// ✗ Replaced                                   0  error
	// ✗ Look-up failed                             1  error
	//     no answer                                1
	// ! Entered manually                           0  warning
	//   Rows                                       2
	//
	// Rows that need a person: 1
	//
	// ✗ Source: Look-up failed, no answer (1 row)
	//   → The source domain controller gave no answer for these rows; nothing
	//     is known of them. Refresh them again. If it stays, check the
	//     connection and the domain controller (dcdiag), or name another one.
	//     bert  bert@old.example
	//       id          b2
	//       error       no answer
	//
	// Other rows: 1
	//
	// ✓ Source: Would be refreshed (1 row)
	//   → Nothing more. Once the result is applied, the next delta migration
	//     works with the new addresses.
	//     anna  anna@old.example
	//       primary     anna@old.example → anna@new.example
}
