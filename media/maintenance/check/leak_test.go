package check_test

import (
	"testing"

	"postern/media/process/processtest"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) { processtest.VerifyTestMain(m) }
