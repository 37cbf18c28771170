package items

import (
	"sync"

	"postern/media"
	"postern/records/txn"
)

// held is an item with one of its files.
type held struct {
	item media.Item
	role media.Role
}

// served keeps the items of files that were asked for last, for as long as nothing at all
// is committed to the database. It keeps records and decides nothing: who may see an item,
// and whether it has expired, is asked for each request. The zero value keeps none. It is
// safe for concurrent use.
type served struct {
	mu    sync.RWMutex
	stamp txn.Stamp // when the items were read
	items map[string]*held
}

// maxServed bounds the items that are kept: some 2 KB each.
const maxServed = 2048

// find returns what is kept of a key as of a stamp, nil for nothing.
func (c *served) find(key string, now txn.Stamp) *held {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.stamp != now {
		return nil
	}
	return c.items[key]
}

// keep keeps an item that was read after a stamp.
func (c *served) keep(key string, h *held, read txn.Stamp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stamp != read {
		c.stamp, c.items = read, nil
	}
	if c.items == nil {
		c.items = make(map[string]*held)
	}
	for other := range c.items {
		if len(c.items) < maxServed {
			break
		}
		delete(c.items, other) // any
	}
	c.items[key] = h
}
