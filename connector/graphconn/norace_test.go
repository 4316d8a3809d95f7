//go:build !race

package graphconn_test

const (
	underRace    = false
	meteredShare = 1
	usualShare   = 6 // all of it is a step of its own
)
