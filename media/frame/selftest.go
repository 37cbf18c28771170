package frame

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"image"
	"slices"
	"sync"
	"time"

	"postern/media/picture"
	"postern/media/video"
)

// Codecs are the codecs that there may be decoders of.
var Codecs = []string{"h264", "hevc", "vp8", "vp9", "av1"}

// testVideos show four fields: red and green above, blue and white below. See
// testvideos/make.sh.
//
//go:embed testvideos/*.mp4 testvideos/*.webm testvideos/fields.*
var testVideos embed.FS

var testVideoNames = map[string]string{
	"h264": "h264.mp4", "hevc": "hevc.mp4", "vp8": "vp8.webm", "vp9": "vp9.webm", "av1": "av1.webm",
}

// find lists the decoders that are there.
func (l *DecoderChain) find() map[string][]*decoder {
	found := make(map[string][]*decoder)
	add := func(codec string, d *decoder) {
		d.works = sync.OnceValue(func() error { return l.test(codec, d) })
		found[codec] = append(found[codec], d)
	}
	for _, p := range programs {
		if d := l.decoder(p); d != nil && l.options.Programs {
			add(p.codec, d)
		}
	}
	for _, codec := range Codecs {
		if show := l.builtin(codec); show != nil {
			add(codec, &decoder{name: builtIn, show: show})
		}
	}
	return found
}

const testTime = 2 * time.Minute // on machines that are busy with other things

// test tells why a decoder does not show the codec's test video, if so.
func (l *DecoderChain) test(codec string, d *decoder) error {
	ctx, cancel := context.WithTimeout(l.background, testTime)
	defer cancel()
	name := d.testVideo
	if name == "" {
		name = testVideoNames[codec]
	}
	b, err := testVideos.ReadFile("testvideos/" + name)
	if err != nil {
		return err
	}
	r, size := bytes.NewReader(b), int64(len(b))
	facts, err := video.Read(r, size)
	if err != nil {
		return err
	}
	key, err := video.KeyFrameAt(r, size, 0)
	if err != nil {
		return err
	}
	m, err := d.show(ctx, newJob(key, facts))
	if err != nil {
		return err
	}
	return checkFields(m)
}

// checkFields looks at the centres of the four fields.
func checkFields(m image.Image) error {
	const tolerance = 40 // of 255: a decoder that is wrong is far away
	size := m.Bounds().Size()
	for i, want := range [4][3]int{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}} {
		x, y := size.X*(1+2*(i%2))/4, size.Y*(1+2*(i/2))/4
		r, g, b, _ := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
		for k, v := range [3]uint32{r, g, b} {
			if d := int(v>>8) - want[k]; d < -tolerance || d > tolerance {
				return fmt.Errorf("%w: shows %d,%d,%d where %v is", errOutput, r>>8, g>>8, b>>8, want)
			}
		}
	}
	return nil
}

// testAll tests the programs, and says once for which codecs there is nothing.
// Those of this process are known to work, and take long to get ready.
func (l *DecoderChain) testAll() {
	for _, codec := range Codecs {
		shown := false
		for _, d := range l.decoders[codec] {
			if l.background.Err() != nil {
				return
			}
			shown = shown || d.path == "" || d.works() == nil
		}
		if !shown && l.background.Err() == nil {
			l.log.Info("videos of this codec get a drawn picture in place of a frame",
				"codec", codec, "packages", Packages(codec), "programs", l.options.Programs)
		}
	}
	for _, format := range stillFormats {
		for _, d := range l.stills[format] {
			if d.path == "" {
				continue
			}
			if l.background.Err() != nil {
				return
			}
			_ = d.works() // which List tells, and Still asks again
		}
	}
	if l.encoder != nil && l.background.Err() == nil {
		_ = l.encoder.works()
	}
}

// stillFormats are the formats of pictures that there may be decoders for.
var stillFormats = []picture.Format{picture.HEIC, picture.AVIF, picture.JXL}

// StillFormats are their names.
var StillFormats = []string{string(picture.HEIC), string(picture.AVIF), string(picture.JXL)}

// Packages names the packages of Debian that bring frames of a codec, or pictures
// of a format, the smallest first.
func Packages(codec string) []string {
	var packages []string
	for _, p := range programs {
		if p.codec == codec && !slices.Contains(packages, p.packages) {
			packages = append(packages, p.packages)
		}
	}
	for _, p := range stillPrograms {
		if string(p.format) == codec {
			packages = append(packages, p.packages)
		}
	}
	return packages
}

// Found is a decoder as it was found.
type Found struct {
	Codec string // or the format of still pictures
	Name  string // of the program; "built in" for one of this process
	Path  string // of the program
	Error error  // why it is not used; nil if it is
}

// List tests all decoders and tells of each, in the order in which they are
// tried.
func (l *DecoderChain) List() []Found {
	var list []Found
	for _, codec := range Codecs {
		for _, d := range l.decoders[codec] {
			list = append(list, Found{codec, d.name, d.path, d.works()})
		}
	}
	for _, format := range stillFormats {
		for _, d := range l.stills[format] {
			list = append(list, Found{string(format), d.name, d.path, d.works()})
		}
	}
	return append(list, l.listEncoder()...)
}
