package frame

import (
	"context"
	"fmt"
	"image"

	"postern/media/codec/h264"
)

func showH264(ctx context.Context, j job) (image.Image, error) {
	stream, err := j.key.Bitstream()
	if err != nil {
		return nil, err
	}
	m, err := h264.Decode(ctx, stream, maxPixels(j.size))
	if err != nil {
		return nil, err
	}
	if size := m.Rect.Size(); size != j.size {
		return nil, fmt.Errorf("%w: %v, want %v", errOutput, size, j.size)
	}
	return packed(m).picture(j.colour), nil
}
