package dovecottest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/readdress-go/readdress/internal/dovecottest"
)

var dawn = time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC)

// letters are n messages of a folder, an hour apart.
func letters(folder, name string, n int) []dovecottest.Message {
	all := make([]dovecottest.Message, n)
	for i := range all {
		all[i] = dovecottest.Message{Folder: folder, ID: fmt.Sprintf("%s%d@sender.example", name, i), Date: dawn.Add(time.Duration(i) * time.Hour), Body: strings.Repeat("x\n", i)}
	}
	return all
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestOldLogin proves what an empty mailbox under an old login is worth: nothing. Where a login still works, or works again,
// the server makes an INBOX for it in silence.
func TestOldLogin(t *testing.T) {
	s := dovecottest.Run(t, dovecottest.Config{Users: []dovecottest.User{{Login: "anna@old.example", Password: "aa"}}})
	step(t, s.Deliver("anna@old.example", letters("", "a", 3)...))
	before := as(t, s, "anna@old.example")
	validity, messages := before.uidValidity("INBOX"), before.messages("INBOX")

	step(t, s.Rename("anna@old.example", "anna@new.example"))
	if _, got := dial(t, s).do(login("anna@old.example", "aa")); got != "NO [AUTHENTICATIONFAILED]" {
		t.Errorf("the old login after the rename: %s", got)
	}
	step(t, s.AddUser("anna@old.example", "aa")) // such as by a domain of which both names are accepted
	time.Sleep(time.Second)                      // UIDVALIDITY is the second in which the folder was made
	old := dial(t, s)
	old.must(login("anna@old.example", "aa"))
	if got := old.messages("INBOX"); got != nil {
		t.Errorf("messages under the old login: %q", got)
	}
	if got := old.uidValidity("INBOX"); got == validity {
		t.Errorf("the new INBOX under the old login has the UIDVALIDITY of the old one: %s", got)
	}
	renamed := dial(t, s)
	renamed.must(login("anna@new.example", "aa"))
	same(t, "UIDVALIDITY after a rename", validity, renamed.uidValidity("INBOX"))
	same(t, "messages after a rename", messages, renamed.messages("INBOX"))
}

func TestSwapRemoveCopy(t *testing.T) {
	s := dovecottest.Run(t, dovecottest.Config{Users: []dovecottest.User{{Login: "anna", Password: "aa"}, {Login: "bert", Password: "bb"}, {Login: "carl", Password: "cc"}}})
	step(t, s.Deliver("anna", letters("", "a", 2)...))
	step(t, s.Deliver("bert", letters("Sent", "b", 3)...))
	anna, bert := as(t, s, "anna").messages("INBOX"), as(t, s, "bert").messages("Sent")
	step(t, s.Swap("anna", "bert"))
	dial(t, s).must(login("anna", "bb"))
	same(t, "what anna's login opens after the swap", bert, as(t, s, "anna").messages("Sent"))
	same(t, "what bert's login opens after the swap", anna, as(t, s, "bert").messages("INBOX"))
	step(t, s.Swap("bert", "carl"))
	same(t, "after a swap with somebody without mail", anna, as(t, s, "carl").messages("INBOX"))

	step(t, s.CopyMailbox("carl", "bert"))
	same(t, "messages of the copy", anna, as(t, s, "bert").messages("INBOX"))
	for _, item := range []string{"UIDVALIDITY UIDNEXT", "X-GUID"} {
		command := "STATUS INBOX (" + item + ")"
		same(t, item+" of the copy", as(t, s, "carl").must(command), as(t, s, "bert").must(command))
	}
	step(t, s.Deliver("bert", letters("", "later", 1)...))
	if a, b := len(as(t, s, "carl").messages("INBOX")), len(as(t, s, "bert").messages("INBOX")); a != 2 || b != 3 {
		t.Errorf("the original has %d messages and the copy %d, want 2 and 3", a, b)
	}

	step(t, s.Remove("bert"))
	if _, got := dial(t, s).do(login("bert*"+dovecottest.Master, dovecottest.MasterPassword)); got != "NO [AUTHORIZATIONFAILED]" {
		t.Errorf("a login after the removal: %s", got)
	}
	step(t, s.AddUser("bert", "bb"))
	if got := as(t, s, "bert").messages("INBOX"); got != nil {
		t.Errorf("a user who was removed and added again has %q", got)
	}
}

func TestDeliverExpunge(t *testing.T) {
	s := dovecottest.Run(t, dovecottest.Config{Users: []dovecottest.User{{Login: "anna", Password: "aa"}}, Zone: "Asia/Kolkata"})
	step(t, s.Deliver("anna", letters("", "a", 12)...))
	step(t, s.Deliver("anna", dovecottest.Message{Date: dawn, Body: "no id", Seen: true}, dovecottest.Message{Folder: "Archive.2024", ID: "z@z", Date: dawn}))
	c := as(t, s, "anna")
	got := c.messages("INBOX")
	if len(got) != 13 {
		t.Fatalf("%d messages, want 13: %q", len(got), got)
	}
	same(t, "the first", "1 206 04-Mar-2021 10:36:07 +0530 <a0@sender.example>", got[0])
	same(t, "the twelfth", "12 238 04-Mar-2021 21:36:07 +0530 <a11@sender.example>", got[11])
	if !strings.HasPrefix(got[12], "13 ") || strings.Contains(got[12], "<") {
		t.Errorf("the one without a Message-ID: %q", got[12])
	}
	n, err := s.Expunge("anna", func(m dovecottest.Message) bool {
		return m.Folder == "" && (m.Seen || m.ID == "a3@sender.example" || m.Date.Equal(dawn.Add(5*time.Hour)))
	})
	step(t, err)
	step(t, s.Deliver("anna", dovecottest.Message{ID: "new@sender.example", Date: dawn}))
	left := as(t, s, "anna").messages("INBOX")
	if n != 3 || len(left) != 11 {
		t.Errorf("%d of 13 expunged, and %d left with a new one, want 3 and 11: %q", n, len(left), left)
	}
	same(t, "the new one's UID", "14", strings.Fields(left[10])[0])
	if log := s.Log(); strings.Contains(log, "Error:") {
		t.Errorf("Dovecot found fault with the mailbox:\n%s", log)
	}
	all, err := s.Messages("anna")
	step(t, err)
	archived := 0
	for _, m := range all {
		if m.Folder == "Archive.2024" && m.ID == "z@z" && m.Date.Equal(dawn) {
			archived++
		}
	}
	if len(all) != 12 || archived != 1 {
		t.Errorf("Messages tells %d messages, %d of them archived, want 12 and 1", len(all), archived)
	}
}
