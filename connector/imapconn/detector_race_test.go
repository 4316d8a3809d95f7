//go:build race

package imapconn_test

// raceDetector: what is tested takes several times as long, and takes other memory. .ci/run has the large tests without it as well.
const raceDetector = true
