//go:build race

package ldapconn_test

// usualShare: the race detector takes five times as long.
const usualShare = 5
