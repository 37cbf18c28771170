package site

import "sync"

// seen holds names that were noted before, the latest ones. It is safe for
// concurrent use.
type seen struct {
	mu         sync.Mutex
	young, old map[string]bool
}

// maxSeen bounds the names that are held.
const maxSeen = 1 << 14

func (s *seen) note(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.young == nil || len(s.young) >= maxSeen/2 {
		s.old, s.young = s.young, make(map[string]bool)
	}
	s.young[name] = true
}

func (s *seen) has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.young[name] || s.old[name]
}
