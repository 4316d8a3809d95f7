//go:build race

package imapconn

// fewerPairs: the race detector makes the pairs ten times slower, and there is nothing to race.
const fewerPairs = true
