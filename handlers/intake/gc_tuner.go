package intake

import (
	"runtime/debug"
	"sync"
)

// gcTuner counts the uploads in flight. Each holds little, but as much garbage as
// all that is held may lie about before the next collection: of very many that
// is too much memory, and so collections then come more often. With few they
// would only cost time. The collector is the process's, and so is the count.
type gcTuner struct {
	mu    sync.Mutex
	size  int
	eager bool // collections come more often
	usual int  // percentage between collections otherwise
}

const (
	gcTunerSize   = 100 // uploads in flight that are many; with half as many it is over
	gcTunerGrowth = 30  // percent of what is held that may become garbage before it is collected
)

var uploads gcTuner

// acquire adds an upload, and release takes it away.
func (c *gcTuner) acquire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size++; c.size == gcTunerSize && !c.eager {
		c.eager, c.usual = true, debug.SetGCPercent(gcTunerGrowth)
		if c.usual >= 0 && c.usual < gcTunerGrowth {
			debug.SetGCPercent(c.usual)
		}
	}
}

func (c *gcTuner) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size--; c.size == gcTunerSize/2 && c.eager {
		c.eager = false
		debug.SetGCPercent(c.usual)
	}
}
