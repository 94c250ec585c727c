//go:build race

package e2e

// raceDetector has the programs built as the tests are.
const raceDetector = true
