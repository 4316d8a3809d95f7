//go:build race

package graphconn_test

// meteredShare: the race detector takes ten times as long, so fewer IDs are asked for, and how long it takes is not held to anything.
const meteredShare = 10
