package handlers_test

import (
	"testing"

	"postern/media/process/processtest"
	"postern/postgres/pgtest"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) { processtest.VerifyTestMain(pgtest.M{M: m}) }
