package probe

import (
	"context"
	"fmt"
	"image"

	"postern/media/h264"
)

// cropped is how many pixels of either side a stream may have beside those that
// are shown: up to a macroblock, or two of interlaced pictures, and margins.
const cropped = 64

func showH264(ctx context.Context, j job) (image.Image, error) {
	stream, err := j.key.Bitstream()
	if err != nil {
		return nil, err
	}
	m, err := h264.Decode(ctx, stream, int64(j.size.X+cropped)*int64(j.size.Y+cropped))
	if err != nil {
		return nil, err
	}
	if size := m.Rect.Size(); size != j.size {
		return nil, fmt.Errorf("%w: %v, want %v", errOutput, size, j.size)
	}
	return packed(m).picture(j.colour), nil
}
