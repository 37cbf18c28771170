package frame

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"postern/media/video"
)

// fieldColours are the fields of a test picture, four to a row.
var fieldColours = [8][3]float64{
	{220, 30, 30}, {30, 200, 40}, {40, 50, 210}, {240, 240, 240},
	{230, 210, 30}, {20, 20, 20}, {30, 200, 210}, {120, 120, 120},
}

const fieldSide = 32

// fieldsVideo tells of a video of these fields.
type fieldsVideo struct {
	encoder, format string // of FFmpeg
	matrix          int
	full            bool
	extension       string
	options         string
	size            image.Point // zero for that of the fields
}

func (c fieldsVideo) String() string {
	return fmt.Sprintf("%s %s matrix %d full %t %v %s%s", c.encoder, c.format, c.matrix, c.full, c.size, c.options, c.extension)
}

func (c fieldsVideo) bounds() image.Point {
	if c.size != (image.Point{}) {
		return c.size
	}
	return image.Pt(4*fieldSide, 2*fieldSide)
}

// sample returns the samples of a colour, from 0 to 1, by H.273's equations.
func (c fieldsVideo) sample(rgb [3]float64) (s [3]float64) {
	r, g, b := rgb[0]/255, rgb[1]/255, rgb[2]/255
	scale := func(v, black, range_ float64) float64 {
		if c.full {
			range_ = 255
			if black == 16 {
				black = 0
			}
		}
		return (v*range_ + black) / 255
	}
	switch c.matrix {
	case 0:
		return [3]float64{scale(g, 16, 219), scale(b, 16, 219), scale(r, 16, 219)}
	case 8:
		return [3]float64{scale(g/2+(r+b)/4, 16, 219), scale(g/2-(r+b)/4, 128, 224), scale((r-b)/2, 128, 224)}
	}
	w := map[int][2]float64{1: {0.2126, 0.0722}, 4: {0.3, 0.11}, 5: {0.299, 0.114}, 6: {0.299, 0.114}, 7: {0.212, 0.087}, 9: {0.2627, 0.0593}}[c.matrix]
	y := w[0]*r + (1-w[0]-w[1])*g + w[1]*b
	return [3]float64{scale(y, 16, 219), scale((b-y)/2/(1-w[1]), 128, 224), scale((r-y)/2/(1-w[0]), 128, 224)}
}

// raw returns the picture as planes of the format.
func (c fieldsVideo) raw() (out []byte) {
	size, depth := c.bounds(), 8
	for _, bits := range []int{10, 12} {
		if strings.HasSuffix(c.format, fmt.Sprint(bits, "le")) {
			depth = bits
		}
	}
	for plane := range 3 {
		stepX, stepY := 1, 1
		if plane > 0 && strings.Contains(c.format, "42") {
			stepX = 2
		}
		if plane > 0 && strings.Contains(c.format, "420") {
			stepY = 2
		}
		if plane > 0 && strings.HasPrefix(c.format, "gray") {
			break
		}
		for y := 0; y < size.Y; y += stepY {
			for x := 0; x < size.X; x += stepX {
				at := min(y*2/size.Y, 1)*4 + min(x*4/size.X, 3)
				v := int(math.Round(c.sample(fieldColours[at])[plane] * 255 * float64(int(1)<<(depth-8))))
				out = append(out, byte(v))
				if depth > 8 {
					out = append(out, byte(v>>8))
				}
			}
		}
	}
	return out
}

var matrixNames = map[int]string{0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco", 9: "bt2020nc"}

// encode has FFmpeg make the video.
func (c fieldsVideo) encode(t *testing.T) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "video"+c.extension)
	size, depth := c.bounds(), "tv"
	if c.full {
		depth = "pc"
	}
	coded := c.format
	if c.encoder == "libx264rgb" {
		coded = "rgb24" // which it makes planes of
	}
	args := []string{
		"-nostdin", "-v", "error", "-f", "rawvideo", "-s", fmt.Sprintf("%dx%d", size.X, size.Y), "-r", "5", "-pix_fmt", c.format,
		"-colorspace", matrixNames[c.matrix], "-color_range", depth, "-i", "-",
		"-vf", "loop=3:1", "-c:v", c.encoder, "-pix_fmt", coded, "-colorspace", matrixNames[c.matrix], "-color_range", depth,
	}
	args = append(append(args, strings.Fields(c.options)...), name)
	command := exec.Command("ffmpeg", args...)
	command.Stdin = bytes.NewReader(c.raw())
	if out, err := command.CombinedOutput(); err != nil {
		t.Skipf("this FFmpeg cannot: %v %.300s", err, out)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// check looks at the middles of the fields.
func (c fieldsVideo) check(m image.Image) error {
	size := m.Bounds().Size()
	for i, want := range fieldColours {
		got := rgbAt(m, size.X*(1+2*(i%4))/8, size.Y*(1+2*(i/4))/4)
		if strings.HasPrefix(c.format, "gray") {
			w := 0.299*want[0] + 0.587*want[1] + 0.114*want[2]
			want = [3]float64{w, w, w}
		}
		for k := range got {
			if math.Abs(got[k]-want[k]) > 12 {
				return fmt.Errorf("field %d: got %.0f, want %.0f", i, got, want)
			}
		}
	}
	return nil
}

// fieldsVideos are videos of every codec, sampling, depth, matrix and range.
func fieldsVideos() (list []fieldsVideo) {
	x264, x265, vp9, aom := "-qp 4 -preset fast", "-x265-params log-level=0:qp=4 -tag:v hvc1", "-crf 4 -b:v 0", "-crf 4 -b:v 0 -cpu-used 8"
	add := func(encoder, extension, options string, matrix int, full bool, formats ...string) {
		for _, format := range formats {
			list = append(list, fieldsVideo{encoder: encoder, format: format, matrix: matrix, full: full, extension: extension, options: options})
		}
	}
	add("libx264", ".mp4", x264, 1, false, "yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le")
	add("libx265", ".mp4", x265, 1, false, "yuv422p", "yuv444p", "yuv422p10le", "yuv420p12le")
	add("libvpx-vp9", ".webm", vp9, 1, false, "yuv422p", "yuv444p", "yuv444p10le")
	add("libaom-av1", ".mp4", aom, 1, false, "yuv422p", "yuv444p", "yuv444p10le")
	for encoder, options := range map[string]string{"libx264": x264, "libx265": x265, "libaom-av1": aom} {
		add(encoder, ".mp4", options, 1, true, "yuv444p10le")
	}
	add("libx264", ".mkv", x264, 6, false, "gray", "gray10le")
	add("libx265", ".mp4", x265, 6, false, "gray")
	add("libaom-av1", ".mp4", aom, 6, false, "gray")
	add("libx264rgb", ".mp4", x264, 0, true, "gbrp")
	add("libx265", ".mp4", x265, 0, true, "gbrp", "gbrp10le")
	add("libvpx-vp9", ".webm", vp9, 0, true, "gbrp", "gbrp10le")
	add("libaom-av1", ".mp4", aom, 0, true, "gbrp", "gbrp10le")
	for _, matrix := range []int{4, 5, 6, 7, 8, 9} {
		add("libx264", ".mp4", x264, matrix, false, "yuv420p", "yuv444p")
		if matrix > 6 {
			add("libx265", ".mp4", x265, matrix, false, "yuv420p")
			add("libaom-av1", ".mp4", aom, matrix, false, "yuv420p")
		}
	}
	for _, size := range []image.Point{{127, 63}} {
		for _, c := range []fieldsVideo{
			{encoder: "libx264", format: "yuv444p", extension: ".mp4", options: x264},
			{encoder: "libx265", format: "yuv444p", extension: ".mp4", options: x265},
			{encoder: "libvpx-vp9", format: "yuv420p", extension: ".webm", options: vp9},
			{encoder: "libaom-av1", format: "yuv420p", extension: ".mp4", options: aom},
		} {
			c.size, c.matrix = size, 6
			list = append(list, c)
		}
	}
	return list
}

// Every decoder that takes a video shows it in its colours, and at least one
// does. That of this process shows all of H.264.
func TestFieldsOfEveryKindOfColour(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("there is no FFmpeg to make videos")
	}
	l := newChain(t, Options{Programs: true})
	for _, c := range fieldsVideos() {
		t.Run(c.String(), func(t *testing.T) { l.testFields(t, c) })
	}
}

func (l *DecoderChain) testFields(t *testing.T, c fieldsVideo) {
	b := c.encode(t)
	facts, err := readVideo(b)
	if err != nil {
		t.Fatal(err)
	}
	key, err := video.KeyFrameAt(bytes.NewReader(b), int64(len(b)), 0)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, d := range l.decoders[facts.Codec] {
		if d.works() != nil {
			continue
		}
		m, err := d.show(t.Context(), newJob(key, facts))
		if err != nil {
			if !errors.Is(err, errNotMine) {
				t.Logf("%s: %v", d.name, err)
			}
			continue
		}
		if err := c.check(m); err != nil {
			t.Errorf("%s: %v", d.name, err)
		}
		shown = append(shown, d.name)
	}
	switch {
	case facts.Codec == "h264" && !slices.Contains(shown, "built in"):
		t.Error("not shown without a program")
	case c.encoder == "libx265" && c.matrix == ycgco: // of which programs make other colours
	case len(shown) == 0 && len(l.decoders[facts.Codec]) > 1:
		t.Error("not shown at all")
	}
}

// croppedVideos are of sizes that the stream does not tell: it has whole
// macroblocks, or is cut less than the container says.
var croppedVideos = []struct {
	recording fieldsVideo
	strip     string // the filter that takes the cropping out of the stream
}{
	{fieldsVideo{encoder: "libx264", format: "yuv420p", matrix: 6, extension: ".mp4"}, "h264_metadata"},
	{fieldsVideo{encoder: "libx264", format: "yuv420p", matrix: 6, extension: ".mkv"}, "h264_metadata"},
	{fieldsVideo{encoder: "libx264", format: "yuv420p", matrix: 6, extension: ".mov", options: "-aspect 16:9"}, "h264_metadata"},
	{fieldsVideo{encoder: "libx264", format: "yuv444p10le", matrix: 6, extension: ".mp4"}, "h264_metadata"},
	{fieldsVideo{encoder: "libx265", format: "yuv420p", matrix: 6, extension: ".mp4", options: "-x265-params log-level=0:qp=4 -tag:v hvc1"}, "hevc_metadata"},
}

func TestVideosThatTheContainerCrops(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("there is no FFmpeg to make videos")
	}
	l := newChain(t, Options{Programs: true})
	for _, test := range croppedVideos {
		c := test.recording
		c.size = image.Pt(136, 70)
		c.options += " -qp 4 -bsf:v " + test.strip + "=crop_right=0:crop_bottom=0"
		t.Run(c.String(), func(t *testing.T) {
			b := c.encode(t)
			facts, err := readVideo(b)
			if err != nil {
				t.Fatal(err)
			}
			if facts.CodedWidth != 136 || facts.CodedHeight != 70 {
				t.Fatalf("the container tells of %dx%d", facts.CodedWidth, facts.CodedHeight)
			}
			m, name, err := l.ExtractFrame(t.Context(), bytes.NewReader(b), int64(len(b)), facts)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := m.Bounds().Size(), image.Pt(facts.Width, facts.Height); got != want {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
			if err := c.check(m); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			// The strip that is cropped repeats the last column.
			if got := rgbAt(m, m.Bounds().Dx()-1, 10); math.Abs(got[0]-240) > 30 {
				t.Errorf("%s: got %.0f at the right border", name, got)
			}
		})
	}
}
