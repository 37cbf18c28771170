//go:build nodynamic

package picture

import (
	"context"
	"errors"
	"fmt"

	"postern/media/codec/wasm"
)

// runCodec runs a codec in at most so many bytes of memory. The error wraps ErrDamaged
// when the picture is at fault, and ErrMemory when the codec wanted more than that;
// any other is no fault of the picture.
func runCodec(ctx context.Context, codec *wasm.Codec, most int64, use func(*wasm.Instance) error) error {
	err := codec.Run(ctx, most, use)
	switch {
	case errors.Is(err, wasm.ErrMemory):
		err = fmt.Errorf("%w: %w", ErrMemory, err)
	case errors.Is(err, wasm.ErrTrap):
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
