//go:build race

package graphconn_test

// usualShare: the race detector takes several times as long.
const usualShare = 40
