package postgres

import (
	"sync/atomic"
	"testing"
)

func TestRatesAreExactOverGateways(t *testing.T) {
	dbs := gateways(t)
	const burst = 10
	take := func(db *DB, name string, n int, mayOwe bool) (float64, bool) {
		t.Helper()
		left, granted, err := db.TakeTokens(t.Context(), name, n, 1, burst, mayOwe)
		if err != nil {
			t.Error(err)
		}
		return left, granted
	}
	if left, granted := take(dbs[0], "ann", 0, false); !granted || left != burst {
		t.Errorf("at first: %v, %t", left, granted)
	}
	var granted atomic.Int64
	atOnce(t, dbs, 3*burst, nil, func(db *DB, _ int) error {
		if _, ok := take(db, "ann", 1, false); ok {
			granted.Add(1)
		}
		return nil
	})
	if granted.Load() != burst {
		t.Errorf("%d were granted, want %d", granted.Load(), burst)
	}
	if left, ok := take(dbs[1], "ann", 0, false); ok || left >= 1 {
		t.Errorf("then: %v, %t", left, ok)
	}
	if _, ok := take(dbs[1], "bob", 1, false); !ok {
		t.Error("somebody else waits")
	}
	for range 3 {
		take(dbs[0], "ann", burst, true)
	}
	if left, _ := take(dbs[1], "ann", 0, false); left < -burst || left > -burst+1 {
		t.Errorf("the debt is %v, want %d", left, -burst)
	}
	// 12 minutes later the debt of 10 is paid, and 2 tokens are there.
	if _, err := dbs[0].pool.ExecContext(t.Context(), `UPDATE rates SET full_at = full_at - 12 * 60`); err != nil {
		t.Fatal(err)
	}
	if left, ok := take(dbs[1], "ann", 1, false); !ok || left < 1 || left > 2 {
		t.Errorf("later: %v, %t", left, ok)
	}
	if _, err := dbs[0].pool.ExecContext(t.Context(), `UPDATE rates SET full_at = 0`); err != nil {
		t.Fatal(err)
	}
	if err := dbs[0].forgetRates(t.Context()); err != nil {
		t.Error(err)
	}
	if left, ok := take(dbs[1], "ann", 1, false); !ok || left < burst-1 {
		t.Errorf("after a rest: %v, %t", left, ok)
	}
}
