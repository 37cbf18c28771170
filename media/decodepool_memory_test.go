package media_test

import (
	"errors"
	"testing"

	"postern/media"
	"postern/media/library"
)

// What needs more memory than all pictures may take together is refused, before
// anything is decoded.
func TestPicturesBeyondTheBudgetOfMemoryAreRefused(t *testing.T) {
	l := newLibrary(t, policy(func(p *library.Policy) { p.DecodeMemory = 1 << 20 }))
	_, err := l.add(jpegOf(1600, 1200, 1), "large.jpg")
	var memory *media.MemoryError
	if !errors.As(err, &memory) || !errors.Is(err, media.ErrTooManyPixels) || errors.Is(err, media.ErrDamaged) {
		t.Errorf("got %v, want a MemoryError", err)
	}
	l.wantFiles(0, "after a picture beyond the budget")
}
