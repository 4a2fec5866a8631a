package main

import (
	"os"
	"testing"
)

// mainKey makes the test's binary the program itself, for tests that kill processes.
const mainKey = "PAIRMILL_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainKey) != "" {
		main()
	}
	os.Exit(m.Run())
}
