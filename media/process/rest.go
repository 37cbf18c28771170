package process

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"postern/media/codec/wasm"
)

// decoding gives back what pictures leave behind, when nothing has been decoded for a while:
// the collector alone would keep it for minutes. The heap and the instances of codecs are
// the process's, so that one clock does for all pools.
var decoding rest

// rest does things after times without work. It runs timers for as long as the process
// lives, and is safe for concurrent use.
type rest struct {
	working atomic.Int64
	once    sync.Once
	short   *time.Timer
	long    *time.Timer
}

const (
	shortRest = 2 * time.Second
	longRest  = 30 * time.Second
)

// start must be called before the first begin.
func (r *rest) start() {
	r.once.Do(func() {
		r.short = time.AfterFunc(shortRest, debug.FreeOSMemory)
		r.long = time.AfterFunc(longRest, func() { wasm.Rest(); debug.FreeOSMemory() })
	})
}

func (r *rest) begin() {
	r.working.Add(1)
	r.short.Stop()
	r.long.Stop()
}

func (r *rest) end() {
	if r.working.Add(-1) == 0 {
		r.short.Reset(shortRest)
		r.long.Reset(longRest)
	}
}
