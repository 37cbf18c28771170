package frame

import (
	"fmt"
	"image"
	"math"

	"postern/media/codec/resample"
	"postern/media/picture"
	"postern/media/video"
)

// upright brings a decoded frame into the shape that the video is shown in: the
// visible part, its pixels made square, mirrored and turned.
func upright(m image.Image, facts video.Facts) (image.Image, error) {
	m, err := crop(m, visible(m.Bounds(), facts))
	if err != nil {
		return nil, err
	}
	orientation := orientationOf(facts)
	width, height := resample.Orientation(orientation).Size(m.Bounds().Dx(), m.Bounds().Dy())
	shown := shape(image.Pt(width, height), image.Pt(facts.Width, facts.Height))
	if shown == image.Pt(width, height) {
		return picture.Orient(m, orientation), nil
	}
	return resample.Resize(m, m.Bounds(), shown.X, shown.Y, resample.Orientation(orientation))
}

// visible returns the part of a decoded frame that is shown. Where the container
// tells of a little less than there is, it means the left upper part; where it
// tells of another size, all is shown.
func visible(frame image.Rectangle, facts video.Facts) image.Rectangle {
	x, y := frame.Dx()-facts.CodedWidth, frame.Dy()-facts.CodedHeight
	if min(x, y) < 0 || max(x, y) >= margin/2 {
		return frame
	}
	return facts.Visible
}

// crop cuts a part out.
func crop(m image.Image, part image.Rectangle) (image.Image, error) {
	if part == m.Bounds() || part.Empty() {
		return m, nil
	}
	if !part.In(m.Bounds()) {
		return nil, fmt.Errorf("%w: %v of %v visible", errOutput, part, m.Bounds())
	}
	whole := image.Rectangle{Max: part.Size()}
	if sub, ok := m.(interface {
		SubImage(image.Rectangle) image.Image
	}); ok && part.Min == (image.Point{}) {
		return sub.SubImage(part), nil
	}
	return resample.Resize(m, part, whole.Dx(), whole.Dy(), resample.Upright)
}

// orientationOf tells, as EXIF does, how a decoded frame lies.
func orientationOf(facts video.Facts) int {
	turned := map[int][2]int{0: {1, 2}, 90: {6, 7}, 180: {3, 4}, 270: {8, 5}}[facts.Rotation]
	if facts.Mirrored {
		return turned[1]
	}
	return turned[0]
}

// maxStretch bounds how many pixels are made of one.
const maxStretch = 4

// shape returns the size to show a frame in: that of the display, or one of its
// proportion that does not make much more of the frame than there is.
func shape(frame, display image.Point) image.Point {
	share := 1.0
	if shown, got := float64(display.X)*float64(display.Y), float64(frame.X)*float64(frame.Y); shown > maxStretch*got {
		share = math.Sqrt(maxStretch * got / shown)
	}
	scaled := func(n int) int { return max(1, int(math.Round(float64(n)*share))) }
	return image.Pt(scaled(display.X), scaled(display.Y))
}

// showsNothing reports whether a frame is black or nearly of one colour, as in
// a fade.
func showsNothing(m image.Image) bool {
	const grid = 48 // samples a side
	b := m.Bounds()
	var sum, squares float64
	bright := 0
	for i := range grid * grid {
		x, y := i%grid, i/grid
		v := float64(luma(m, b.Min.X+(2*x+1)*b.Dx()/(2*grid), b.Min.Y+(2*y+1)*b.Dy()/(2*grid)))
		sum, squares = sum+v, squares+v*v
		if v > 32 {
			bright++
		}
	}
	n := float64(grid * grid)
	deviation := math.Sqrt(max(0, squares/n-sum/n*sum/n))
	return deviation < 5 || bright < grid*grid/50
}

// luma is the brightness of a pixel, 0 to 255.
func luma(m image.Image, x, y int) int {
	switch m := m.(type) {
	case *image.YCbCr:
		return int(m.Y[m.YOffset(x, y)])
	case *image.Gray:
		return int(m.GrayAt(x, y).Y)
	}
	r, g, b, _ := m.At(x, y).RGBA()
	return int((299*r + 587*g + 114*b) / 1000 >> 8)
}
