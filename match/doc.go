// Package match pairs the mailboxes of two sides by rules, says why each pair is one and why another is not, and gives an identity to rows of
// a job that have addresses alone.
//
// A wrong pair sends one person's mail to another. So a pair is made automatically only when one rule points from each of two mailboxes to the
// other and to nobody else, and nothing contradicts; everything else is for a person to decide, with all that speaks for it.
//
//	p, err := match.Pair(source.List(ctx), target.List(ctx), match.Default(), nil)
//	if err != nil {
//		return err
//	}
//	for d := range p.Sources() {
//		fmt.Println(d.Entry.Primary, d.Status, d.Rule, d.Reason)
//	}
//
// # Rules
//
// A [Rule] is a value: it says by which keys a source and a target are taken for one person's. Rules are tried in order, and an earlier one is
// stronger evidence. [Default] has those that need no setting; [MappedDomain] and [Pattern] need to know what they map. Rules
// of your own are as good: test them with package matchtest.
//
// Some things are never a key: an empty value, text that is not UTF-8, an address that is none, an address that Exchange Online made up when
// another one was gone ("name+1234" in an initial domain), and, where names or parts of addresses are compared, the names of
// roles (RFC 2142: postmaster, info, sales and the like), because every company has them.
//
// # How pairs are made
//
// For each rule, everybody on both sides takes part, also who was decided by a stronger one. A source and a target that share a key of the rule are
// neighbours. Where both are the other's only neighbour and both are undecided, they are [Matched], unless an exclusive rule says that they are two
// people ([Conflict]), or a rule refuses the pair ([Blocked]). Who has several neighbours, or a neighbour that has, is [Ambiguous]. Who has
// one neighbour alone that is decided by stronger evidence is in [Conflict]. What is ambiguous, in conflict or blocked at one rule
// is never decided by a weaker one. What the operator pinned ([Options].Pins) is decided before all rules.
//
// Hence the result does not depend on the order of the entries; it is the same from either side ([Rule.Swap]); no mailbox is in two pairs; pinning
// what was matched changes no pair; one more entry never makes a pair of two others that was not one before; and a copy of one, under an ID of its own,
// can only make ambiguous what was decided.
//
// Names that are merely similar never make a pair. They order suggestions ([Options].Names).
//
// [Pairing.Explain] says of any two, paired or not, what each rule sees in them, who else has the same keys, and what would have to change.
//
// A million mailboxes on each side under three rules take some 2.2 microseconds and 390 bytes each beyond the input, about twice what bare Go maps
// take to find the same; READDRESS_SPEED=1 go test -v -run TestSpeed ./match prints the figures.
//
// # From pairs to rows, and back
//
// [NewPlan] makes rows of a job from a pairing, each with its [Action]: migrate to an existing mailbox, enable one for an existing account, create one
// from a [Template], or leave it alone. [Replan] makes planned addresses anew when the target's domain has changed, and says which are accepted
// and which exist by now. [Enrol] gives an identity to rows that have addresses alone, before a domain is switched. [Rematch] proposes
// targets for the rows whose target a refresh found missing, that were entered by hand, or that exist now. [ReadPairs] and [WritePairs] exchange the
// pairs of a job as CSV.
//
// All of these only propose. What is written is what the host accepts, all or nothing, into a new job.
package match
