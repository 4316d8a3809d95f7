//go:build !race

package refresh_test

const raceDetector = false
