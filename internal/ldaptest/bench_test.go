package ldaptest_test

import (
	"testing"

	"github.com/readdress-go/readdress/internal/ldaptest"
)

func BenchmarkPut10000(b *testing.B) {
	people := ldaptest.People(10_000, "source.example")
	for b.Loop() {
		f, err := ldaptest.Start(ldaptest.Config{People: people})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := f.Stop(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
