//go:build !linux

package crash

import "context"

// PowerCut works on Linux only.
func PowerCut(context.Context, Options) (*Report, error) { return nil, ErrUnavailable }
