package connector_test

import (
	"context"
	"testing"

	"github.com/readdress-go/readdress/connector"
	"github.com/readdress-go/readdress/refresh"
)

// What the job holds of an ID is known behind every wrapper, in every attempt.
func TestWrappersPassStoredOn(t *testing.T) {
	for _, tt := range []struct {
		name string
		wrap func(refresh.Connector) refresh.Connector
	}{
		{"Intercept", func(c refresh.Connector) refresh.Connector {
			return connector.Intercept(c, func(ctx context.Context, _ connector.Call, do func(context.Context) error) error { return do(ctx) })
		}},
		{"Limit", func(c refresh.Connector) refresh.Connector { return connector.Limit(c, 1) }},
		{"Retry", func(c refresh.Connector) refresh.Connector {
			return connector.Retry(c, &connector.RetryOptions{Pause: 1})
		}},
		{"all of them", func(c refresh.Connector) refresh.Connector {
			return connector.Retry(connector.Limit(c, 2), &connector.RetryOptions{Pause: 1})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []refresh.Address
			inner := &fake{resolve: func(ctx context.Context, ids []refresh.ID, answer func(int, refresh.Lookup)) error {
				for _, id := range ids {
					m, _ := refresh.Stored(ctx, id)
					got = append(got, m.Primary)
				}
				if len(got) == 1 {
					return errDown // asked again where there are retries
				}
				for i := range ids {
					answer(i, refresh.NotFound(refresh.Absence{Proof: refresh.ProofTombstone})) // and then confirmed
				}
				return nil
			}}
			job := refresh.Job{ID: "job", Matches: []refresh.Match{{
				Key: "1", SourceOrigin: refresh.Bound, Source: refresh.Mailbox{ID: "a", Primary: "a@old.example"},
			}}}
			if _, err := refresh.Refresh(t.Context(), job, refresh.Sides{Source: tt.wrap(inner)}, &refresh.Options{ConfirmAfter: -1}); err != nil {
				t.Fatal(err)
			}
			if len(got) == 0 {
				t.Fatal("the connector was not asked")
			}
			for _, a := range got {
				if a != "a@old.example" {
					t.Errorf("stored addresses %v, want the job's in each call", got)
				}
			}
		})
	}
}
