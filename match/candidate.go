package match

import (
	"cmp"

	"github.com/readdress-go/readdress/refresh"
)

// compareCandidates puts stronger evidence first.
func compareCandidates(a, b Candidate) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.Score, a.Score), compareEntries(a.Entry, b.Entry))
}

func compareEntries(a, b *refresh.Entry) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Primary, b.Primary), cmp.Compare(a.Login, b.Login), cmp.Compare(a.DisplayName, b.DisplayName))
}
