package sdk_test

import (
	"testing"

	"github.com/readdress-go/readdress/internal/graphclients"
	"github.com/readdress-go/readdress/internal/graphclients/sdk"
	"github.com/readdress-go/readdress/internal/graphtest"
)

// TestSDK compares graphconn with msgraph-sdk-go.
func TestSDK(t *testing.T) {
	graphclients.Check(t, func(t *testing.T, s *graphtest.Server, token string) graphclients.Client {
		c, err := sdk.New(s.URL(), token, s.Client().Transport)
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
}
