//go:build !race

package graphconn_test

// usualShare: all of it is a step of its own.
const usualShare = 6
