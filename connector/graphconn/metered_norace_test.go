//go:build !race

package graphconn_test

const meteredShare = 1
