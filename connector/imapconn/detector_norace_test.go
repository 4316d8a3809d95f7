//go:build !race

package imapconn_test

const raceDetector = false
