// Package golden compares what a test got with a file of the package's testdata folder, or with a section of a document,
// and writes it anew when the test is run with -update. Only tests import it.
package golden
