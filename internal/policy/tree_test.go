package policy_test

import (
	"io/fs"
	"os"
	"testing"

	"github.com/readdress-go/readdress/internal/policy"
)

// TestTree holds the whole module to its rules.
func TestTree(t *testing.T) {
	tree := os.DirFS("../..")
	if _, err := fs.Stat(tree, "go.mod"); err != nil {
		t.Fatalf("this is not the module's root: %v", err)
	}
	pkgs, err := policy.Load(tree)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) < 3 {
		t.Fatalf("found only %d packages: nothing would be checked", len(pkgs))
	}
	paths, err := policy.Paths(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range [][]policy.Violation{policy.Arrows(pkgs, policy.Rules()), policy.House(pkgs), paths} {
		for _, v := range check {
			t.Error(v)
		}
	}
}

// TestRules checks the rules themselves.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range policy.Rules() {
		if seen[r.Package] {
			t.Errorf("%s has two rules", r.Package)
		}
		seen[r.Package] = true
		if r.Reason == "" {
			t.Errorf("the rule of %s states no reason", r.Package)
		}
	}
}
