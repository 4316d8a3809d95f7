//go:build race

package graphconn_test

// The race detector takes five to ten times as long.
const (
	underRace    = true
	meteredShare = 10 // of the IDs; how long it takes is not held to anything
	usualShare   = 60 // of the fault matrix
)
