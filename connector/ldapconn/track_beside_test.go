package ldapconn

import (
	"context"
	"errors"
	"testing"
)

// TestSideBySide: what was not done is never taken for done, and who fails does not end the others.
func TestSideBySide(t *testing.T) {
	failed, ended := errors.New("failed"), errors.New("ended")
	began := make(chan struct{})
	errs := sideBySide(t.Context(), func() error {
		defer close(began)
		return failed
	}, func() error {
		<-began
		return nil
	})
	if errs[0] != failed || errs[1] != nil {
		t.Errorf("%v, want one failure", errs)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ended)
	search := func() error { return context.Cause(ctx) }
	for i, err := range sideBySide(ctx, search, search) {
		if !errors.Is(err, ended) {
			t.Errorf("number %d of a call that had ended: %v", i, err)
		}
	}
}
