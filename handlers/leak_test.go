package handlers_test

import (
	"testing"

	"go.uber.org/goleak"

	"postern/postgres/pgtest"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.M{M: m}) }
