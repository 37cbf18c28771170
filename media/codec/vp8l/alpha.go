package vp8l

import (
	"context"
	"fmt"
	"image"
)

// Ways in which alpha is compressed, and in which it is told (2.7.1.2).
const (
	alphaPlain    = 0
	alphaLossless = 1

	filterHorizontal = 1
	filterVertical   = 2
	filterGradient   = 3
)

// DecodeAlpha returns the alpha in an ALPH chunk, which goes with a lossy picture of the
// size: a byte for each pixel, row by row. The error wraps ErrDamaged, or is that of ctx
// when it is done. Besides the chunk and the result, the memory used is four bytes a pixel,
// and what TableBytes says.
func DecodeAlpha(ctx context.Context, size image.Point, chunk []byte) ([]byte, error) {
	if size.X < 1 || size.Y < 1 || size.X > MaxSide || size.Y > MaxSide {
		return nil, fmt.Errorf("%w: alpha of %v pixels", ErrDamaged, size)
	}
	if len(chunk) == 0 {
		return nil, fmt.Errorf("%w: no alpha in its chunk", ErrDamaged)
	}
	next, err := alphaRows(ctx, size, chunk)
	if err != nil {
		return nil, err
	}
	alpha := make([]byte, size.X*size.Y)
	var above []byte
	for y := range size.Y {
		row := alpha[y*size.X:][:size.X]
		if err := next(row); err != nil {
			return nil, err
		}
		unfilter(row, above, int(chunk[0]>>2&3))
		above = row
	}
	return alpha, nil
}

// alphaRows returns what reads the rows of a chunk as they are told.
func alphaRows(ctx context.Context, size image.Point, chunk []byte) (next func(row []byte) error, err error) {
	data := chunk[1:]
	switch kind := chunk[0] & 3; kind {
	case alphaPlain:
		if len(data) < size.X*size.Y {
			return nil, fmt.Errorf("%w: %d bytes of alpha for %v pixels", ErrDamaged, len(data), size)
		}
		return func(row []byte) error {
			data = data[copy(row, data):]
			return ctx.Err()
		}, nil
	case alphaLossless:
		d := &decoder{ctx: ctx, bits: bitReader{data: data}, width: size.X, height: size.Y}
		return d.nextGreen, d.readHeader()
	default:
		return nil, fmt.Errorf("%w: alpha compressed in way %d", ErrDamaged, kind)
	}
}

// nextGreen writes green of the next row.
func (d *decoder) nextGreen(row []byte) error {
	pixels, _, err := d.next()
	if err != nil {
		return err
	}
	for i, v := range pixels {
		row[i] = byte(v >> 8)
	}
	return nil
}

// unfilter adds what was predicted of a row. The first row has none above.
func unfilter(row, above []byte, filter int) {
	switch {
	case filter == 0:
	case above == nil:
		addLeft(row)
	case filter == filterHorizontal:
		row[0] += above[0]
		addLeft(row)
	case filter == filterVertical:
		for i, v := range above[:len(row)] {
			row[i] += v
		}
	case filter == filterGradient:
		row[0] += above[0]
		for i := 1; i < len(row); i++ {
			row[i] += byte(min(max(int(row[i-1])+int(above[i])-int(above[i-1]), 0), 255))
		}
	}
}

func addLeft(row []byte) {
	for i := 1; i < len(row); i++ {
		row[i] += row[i-1]
	}
}
