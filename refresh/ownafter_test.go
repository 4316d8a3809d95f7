package refresh_test

import (
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestAfterIsNotTheJobs: where two rows of one mailbox hold different things, and what is found is what the first one holds, the second
// is given a value of its own: whoever fills it in place must not change the job.
func TestAfterIsNotTheJobs(t *testing.T) {
	now, was := box("a", "a@new.example", "x@new.example"), box("a", "a@old.example")
	c := &script{resolve: answers(lookups{"a": refresh.Found(now)})}
	j := jobOf(one(refresh.Source, "1", refresh.Bound, now), one(refresh.Source, "2", refresh.Bound, was))
	r := run(t, j, only(refresh.Source, c), nil)
	same(t, "the first is as it was", refresh.NotChanged, r.Rows[0].Outcome)
	same(t, "the second is not", &now, r.Rows[1].After)
	if r.Rows[1].After == &j.Matches[0].Source {
		t.Error("the result holds the mailbox of the job")
	}
}
