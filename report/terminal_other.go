//go:build !windows

package report

// takesEscapes reports whether the terminal acts on escapes, as all do here.
func takesEscapes(uintptr) bool { return true }
