package graphconn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/readdress-go/readdress/refresh"
)

// Instances reads which mailbox each user has: primaryMailboxId of settings/exchange (Microsoft, "List exchangeSettings"). It is for enrolment, so that
// a job knows from the beginning which mailboxes it means. Resolve reads it only under [refresh.Options].Verify, and List and Find do
// not, because it is a question for each user.
//
// The contract of answer is that of [refresh.Resolver]. An empty instance without an error means that the service says that there is no
// mailbox. In a cloud that does not tell, the error is [errors.ErrUnsupported].
func (c *Connector) Instances(ctx context.Context, ids []refresh.ID, answer func(i int, instance refresh.ID, err error)) error {
	if !c.cloud.Instances {
		return fmt.Errorf("graphconn: this cloud does not offer settings/exchange: %w", errors.ErrUnsupported)
	}
	var at []int
	var asked []refresh.ID
	for i, id := range ids {
		id, err := idOf(id)
		if err != nil {
			answer(i, "", err)
			continue
		}
		at, asked = append(at, i), append(asked, id)
	}
	if len(asked) == 0 {
		return nil
	}
	return caused(ctx, c.mailboxIDs(ctx, asked, func(k int, instance refresh.ID, err error) { answer(at[k], instance, err) }))
}

// mailboxIDs reads the identities of mailboxes. answer is called one at a time, once for each ID unless the call has to end. An error means
// that it is not known; an empty instance without one that there is none.
func (c *Connector) mailboxIDs(ctx context.Context, ids []refresh.ID, answer func(i int, instance refresh.ID, err error)) error {
	parts := make([]part, len(ids))
	for i, p := range paths("/users/", ids, "/settings/exchange") {
		parts[i] = part{path: p, units: 1}
	}
	told := make([]bool, len(ids))
	tell := func(i int, instance refresh.ID, err error) {
		told[i] = true
		answer(i, instance, err)
	}
	var fatal error
	err := c.batch(ctx, "settings/exchange", parts, func(i int, a partAnswer) {
		switch {
		case a.err != nil && final(ctx, a.err):
			fatal = a.err
		case noMailbox(a.err):
			tell(i, "", nil)
		case a.err != nil:
			tell(i, "", a.err)
		default:
			instance, err := instanceOf(a.body)
			tell(i, instance, err)
		}
	})
	if err == nil {
		err = fatal
	}
	if err != nil && final(ctx, err) {
		return err
	}
	for i, done := range told {
		if !done { // the users themselves are known
			answer(i, "", errors.Join(err, errInstance))
		}
	}
	return nil
}

// noMailbox reports whether Graph says without a doubt that a user has no mailbox. MailboxNotEnabledForRESTAPI does not: it is said of mailboxes
// that are inactive, soft-deleted, or on premises, too.
func noMailbox(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == 404 || e.Status == 400) && e.Code == "ErrorNonExistentMailbox"
}

var errInstance = errors.New("graphconn: settings/exchange does not say which mailbox it is")

// maxInstance bounds the identity of a mailbox, which is an opaque text.
const maxInstance = 512

func instanceOf(body json.RawMessage) (refresh.ID, error) {
	var s struct {
		Primary string `json:"primaryMailboxId"`
	}
	if json.Unmarshal(body, &s) != nil || s.Primary == "" || len(s.Primary) > maxInstance || !utf8.ValidString(s.Primary) {
		return "", errInstance
	}
	for _, r := range s.Primary {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return "", errInstance
		}
	}
	return refresh.ID(s.Primary), nil
}
