package frame

import (
	"context"
	"image"

	"postern/media/picture"
	"postern/media/video"
)

// showAV1 decodes the frame of an AVIF as that of a video: dav1d knows no containers, and
// takes half the time of programs that do.
func showAV1(ctx context.Context, l *DecoderChain, path string, still stillJob) (image.Image, error) {
	item, bare, err := picture.ReadAV1Item(still.r, still.size, still.config)
	if err != nil {
		return nil, err
	}
	j := job{
		key:       &video.KeyFrame{Codec: "av1", Data: [][]byte{item.Data}},
		size:      image.Pt(bare.Width, bare.Height),
		processor: processorTime(still.config),
	}
	var known bool
	if j.colour, known = stillColour(item, j.key.Colour()); !known {
		return nil, errNotMine
	}
	m, err := l.run(ctx, dav1d, path, j)
	if err != nil {
		return nil, err
	}
	return bare.Shown(m), nil
}

// stillColour goes by the container, then by the frame (ISO/IEC 23000-22, 7.3.6.4, which
// names BT.601 for pictures that tell nothing). It reports whether the matrix is known.
func stillColour(item picture.AV1Item, frame video.Colour) (c colour, known bool) {
	const untold = 2
	matrix := frame.Matrix
	switch {
	case item.Told && item.Matrix != untold:
		matrix = item.Matrix
	case !frame.RGB && matrix == rgb || matrix == untold:
		matrix = bt601
	}
	c = colour{matrix: matrix, fullRange: frame.FullRange}
	if item.Told {
		c.fullRange = item.FullRange
	}
	_, known = weights[matrix]
	return c, known || matrix == rgb || matrix == ycgco
}
