package imapconn

import (
	"errors"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestJudge: one candidate has to prove itself, and nothing may be left that could prove itself as well.
func TestJudge(t *testing.T) {
	proof := Overlap{SameInbox: true, Sampled: 8, Present: 8}
	if !proof.Proves() {
		t.Fatal("the proof is none")
	}
	down := errors.New("down")
	for _, tt := range []struct {
		name   string
		found  []Overlap // of each candidate
		errs   []error
		taken  int // IDs that the first candidate's mailbox proved to be
		want   error
		reason string
	}{
		{"one", []Overlap{proof}, []error{nil}, 1, nil, "it is the one"},
		{"one, and another one's", []Overlap{proof, {Sampled: 8}}, []error{nil, nil}, 1, nil, "the other is not it"},
		{"one, and a rejected one", []Overlap{proof, {}}, []error{nil, ErrRejected}, 1, nil, "who is not let in has another password"},
		{"one, and one that is down", []Overlap{proof, {}}, []error{nil, down}, 1, down, "it may prove it, too"},
		{"one, and one that is not available", []Overlap{proof, {}}, []error{nil, ErrUnavailable}, 1, ErrUnavailable, "it may prove it, too"},
		{"two", []Overlap{proof, proof}, []error{nil, nil}, 1, ErrAmbiguous, "one of them is a copy"},
		{"one that is two", []Overlap{proof}, []error{nil}, 2, ErrAmbiguous, "it is one of them at most"},
		{"none", []Overlap{{}}, []error{nil}, 0, ErrNoCandidate, "nothing was proven"},
	} {
		w, err := Mint(store{{name: "INBOX", validity: 7, next: 9, letters: []letter{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}, {7, 7}, {8, 8}}}}.sample())
		if err != nil {
			t.Fatal(err)
		}
		q := &quest{id: "asked", witness: w}
		taken := map[string]int{"a": tt.taken, "b": 1}
		for i, o := range tt.found {
			a := Candidate{Login: string(rune('A' + i)), Address: "new@x.example"}
			q.candidates = append(q.candidates, a)
			q.visits = append(q.visits, &visit{account: a, quests: []*quest{q}, found: []Overlap{o}, err: tt.errs[i]})
		}
		l := q.judge(taken)
		m, ok := l.Mailbox()
		if ok != (tt.want == nil) || !errors.Is(l.Err(), tt.want) {
			t.Errorf("%s: %v, %v: %s", tt.name, m, l.Err(), tt.reason)
		}
		if ok && (m.ID != "asked" || m.Login != "A" || m.Primary != refresh.Address("new@x.example")) {
			t.Errorf("%s: found %+v", tt.name, m)
		}
	}
}

// TestBearer: in the user name of OAUTHBEARER two characters are special (RFC 5801 section 4).
func TestBearer(t *testing.T) {
	c, err := New(Config{Server: "mail.example:1993"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if o := c.bearer("a=b,c", "t"); o.Username != "a=3Db=2Cc" || o.Token != "t" || o.Host != "mail.example" || o.Port != 1993 {
		t.Errorf("%s at %s:%d", o.Username, o.Host, o.Port)
	}
}
