// Package processtest is for tests of packages that decode pictures.
package processtest

import "go.uber.org/goleak"

// VerifyTestMain runs the tests of a package, as goleak's does, and fails when they leave
// goroutines behind. The one that gives memory back some seconds after the last picture is
// no leak: on a busy machine it waits for the collector when the tests end.
func VerifyTestMain(m goleak.TestingM) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime/debug.FreeOSMemory"))
}
