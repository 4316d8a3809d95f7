// Package matchtest tests rules of package match by data files that hold the expectation beside the data, so that people who know the mailboxes can
// read and write them.
//
//	//go:embed testdata/*.txt
//	var files embed.FS
//
//	func TestOurRules(t *testing.T) {
//		matchtest.Run(t, files, "testdata/*.txt", ourRules())
//	}
//
// A file has one case or several:
//
//	# Anna was renamed; the badge number says so.
//	case renamed by marriage
//	source s1
//	  primary anna.berg@old.example
//	  employee 17
//	target t1
//	  primary anna.adler@new.example
//	  alias anna@new.example
//	  employee 17
//	target t2
//	  primary ben@new.example
//	want s1 matched t1 by employee-id
//	want target t2 no-candidate
//
// Each line is a word and what belongs to it; space around them does not count, and neither do empty lines and those that begin with "#".
//
//	case NAME            begins a case; no other one of the file has its name
//	rules NAME           the set of rules that the case is for (RunSets); without this line, those of Run
//	source ID, target ID begins a mailbox; what follows belongs to it:
//	  primary, alias, login, name, given, surname, employee, anchor, instance VALUE
//	  kind WORD          such as user, shared, group (refresh.Kind)
//	  privileged yes     or no
//	  attr NAME VALUE    one value of refresh.Entry.Attrs
//	pin SOURCE TARGET    what the operator decided; "-" is nobody
//	want SOURCE matched TARGET by RULE
//	want SOURCE ambiguous TARGET…    exactly these candidates
//	want SOURCE conflict | blocked [TARGET…] [by RULE]
//	want SOURCE no-candidate [TARGET…]    exactly these suggestions
//	want SOURCE pinned TARGET        or "-"
//	want target TARGET …             the same of a target, with sources
//
// Every source needs a want, so that nobody is forgotten; targets may have one. Candidates and the rule are compared where they are
// given. What is not known, comes twice where once is meant, names a mailbox that is not there, or could not be met by anything is an error that
// names the line: a file that says nothing must not look like one that is right.
//
// A want that is not met is told as a difference, (-want +got), with the [match.Explanation] of the pair that was wanted and of the one that was
// found.
//
// [Format] writes a case with what the rules say now, to begin a file with; the mailboxes may be those of a connector, such as memconn, by
// [Collect].
package matchtest
