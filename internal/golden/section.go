package golden

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Section fails the test when the part of a document between the lines "<!-- name -->" and "<!-- /name -->" differs
// from got. With -update it writes that part anew and leaves the rest as it is.
func Section(t testing.TB, file, name, got string) {
	t.Helper()
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v", err)
	}
	before, rest, opened := strings.Cut(string(doc), "<!-- "+name+" -->\n")
	want, after, closed := strings.Cut(rest, "<!-- /"+name+" -->\n")
	if !opened || !closed {
		t.Fatalf("%s has no section between <!-- %s --> and <!-- /%s -->", file, name, name)
	}
	if d := cmp.Diff(want, got); d != "" && !*update {
		t.Errorf("section %q of %s differs (-want +got); run the test with -update when this is meant:\n%s", name, file, d)
	}
	if *update {
		doc := before + "<!-- " + name + " -->\n" + got + "<!-- /" + name + " -->\n" + after
		if err := write(file, doc); err != nil {
			t.Fatalf("%v", err)
		}
	}
}
