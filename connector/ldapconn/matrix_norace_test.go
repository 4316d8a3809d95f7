//go:build !race

package ldapconn_test

const usualShare = 1
