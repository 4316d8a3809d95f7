//go:build !race

package imapconn

const fewerPairs = false
