package handlers

import (
	"runtime/debug"
	"sync"
)

// crowd counts the uploads in flight. Each holds little, but as much garbage as
// all that is held may lie about before the next collection: of very many that
// is too much memory, and so collections then come more often. With few they
// would only cost time. The collector is the process's, and so is the crowd.
type crowd struct {
	mu    sync.Mutex
	size  int
	eager bool // collections come more often
	usual int  // percentage between collections otherwise
}

const (
	crowdSize   = 100 // uploads in flight that are a crowd; with half as many it is over
	crowdGrowth = 30  // percent of what is held that may become garbage before it is collected
)

var uploads crowd

// enter adds an upload, and leave takes it away.
func (c *crowd) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size++; c.size == crowdSize && !c.eager {
		c.eager, c.usual = true, debug.SetGCPercent(crowdGrowth)
		if c.usual >= 0 && c.usual < crowdGrowth {
			debug.SetGCPercent(c.usual)
		}
	}
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size--; c.size == crowdSize/2 && c.eager {
		c.eager = false
		debug.SetGCPercent(c.usual)
	}
}
