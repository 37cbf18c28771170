package frame

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"postern/media/sandbox"
)

// program is a decoder outside of this process, for one codec.
type program struct {
	codec    string
	names    []string // of the executable; the first that is there is taken
	packages string   // of Debian that bring it
	input    string   // name of the file that it gets
	output   string   // name of the file that it writes; "" when it prints

	can  func(j job) bool            // tells what it can show; nil for all
	pack func(j job) ([]byte, error) // what it gets
	args func(j job) []string
	read func(out []byte, j job) (image.Image, error)
	gst  bool // is part of GStreamer

	kind string // of frames that it is for, in words; "" for all
	test string // the video to test it with; "" for that of its codec
}

// programs are the chain, the cheapest of each codec first.
var programs = []program{
	{
		codec: "h264", names: []string{"postern-openh264"}, packages: "libopenh264-8 or libopenh264-7",
		input: "in.h264", can: isCommonAVC, pack: packStream, read: readPrinted,
		args: func(j job) []string { return []string{"in.h264", number(j.size.X), number(j.size.Y)} },
	}, {
		codec: "hevc", names: []string{"heif-dec", "heif-convert"}, packages: "libheif-examples libheif-plugin-libde265",
		input: "in.heic", output: "out.y4m", can: func(j job) bool { return isCommonHEVC(j) && j.colour.matrix != ycgco }, pack: packStill, read: readPrinted,
		args: func(job) []string { return []string{"in.heic", "out.y4m"} },
	}, {
		// Of more than eight bits, what it writes as YUV4MPEG2 is wrong, and of
		// other sampling it is 4:2:0.
		codec: "hevc", names: []string{"heif-dec", "heif-convert"}, packages: "libheif-examples libheif-plugin-libde265",
		input: "in.heic", output: "out.png", can: func(j job) bool { return !isCommonHEVC(j) && j.colour.matrix != ycgco }, pack: packStillInColour, read: readPNG,
		kind: "10 and 12 bits, 4:2:2 and 4:4:4", test: "hevc10.mp4",
		args: func(job) []string { return []string{"in.heic", "out.png"} },
	}, {
		codec: "vp8", names: []string{"vpxdec"}, packages: "vpx-tools",
		input: "in.ivf", pack: packStream, read: readPrinted,
		args: func(job) []string { return []string{"--codec=vp8", "--limit=1", "--threads=1", "-o", "-", "in.ivf"} },
	}, {
		codec: "vp9", names: []string{"vpxdec"}, packages: "vpx-tools",
		input: "in.ivf", pack: packStream, read: readPrinted,
		args: func(job) []string { return []string{"--codec=vp9", "--limit=1", "--threads=1", "-o", "-", "in.ivf"} },
	},
	dav1d,
	gstreamer("h264", "in.h264", "gstreamer1.0-plugins-bad", "h264parse ! openh264dec").only(isCommonAVC),
	// Of more than eight bits, libde265dec writes beyond its memory.
	gstreamer("hevc", "in.h265", "gstreamer1.0-plugins-bad", "h265parse ! libde265dec max-threads=1").only(isCommonHEVC).only(isColoured),
	gstreamer("vp8", "in.ivf", "gstreamer1.0-plugins-good", "ivfparse ! vp8dec threads=1"),
	gstreamer("vp9", "in.ivf", "gstreamer1.0-plugins-good", "ivfparse ! vp9dec threads=1"),
	gstreamer("av1", "in.ivf", "gstreamer1.0-plugins-bad", "ivfparse ! av1dec").only(isColoured),
}

// dav1d writes a file, since what it prints is of sizes that nobody knows beforehand.
var dav1d = program{
	codec: "av1", names: []string{"dav1d"}, packages: "dav1d",
	input: "in.ivf", output: "out.y4m", pack: packStream, read: readPrinted,
	args: func(j job) []string {
		return []string{"--quiet", "--threads", "1", "--limit", "1", "--sizelimit", number(int(j.pixels())),
			"--demuxer", "ivf", "--muxer", "yuv4mpeg2", "--input", "in.ivf", "--output", "out.y4m"}
	},
}

// gstreamer is a pipeline of GStreamer. Every element is named, so that none is
// chosen by what the bytes look like.
func gstreamer(codec, input, plugins, elements string) program {
	return program{
		codec: codec, names: []string{"gst-launch-1.0"}, gst: true,
		packages: "gstreamer1.0-tools gstreamer1.0-plugins-base " + plugins,
		input:    input, can: isNotRGB, pack: packStream,
		args: func(j job) []string {
			pipeline := fmt.Sprintf("filesrc location=%s ! %s ! videoconvert n-threads=1 ! "+
				"video/x-raw,format=I420,width=%d,height=%d ! fdsink fd=1", input, elements, j.size.X, j.size.Y)
			return append([]string{"--quiet", "--no-fault"}, strings.Fields(pipeline)...)
		},
		read: func(out []byte, j job) (image.Image, error) {
			p, err := readRaw(out, j.size, len(j.key.Data))
			if err != nil {
				return nil, err
			}
			return p.picture(j.colour), nil
		},
	}
}

// only adds a test of what p can show.
func (p program) only(can func(j job) bool) program {
	also := p.can
	p.can = func(j job) bool { return also(j) && can(j) }
	return p
}

// isNotRGB leaves out what GStreamer would make luma and chroma of.
func isNotRGB(j job) bool { return j.colour.matrix != rgb }

func number(n int) string { return strconv.Itoa(n) }

func readPrinted(out []byte, j job) (image.Image, error) {
	p, err := readY4M(out, j.size)
	if err != nil {
		return nil, err
	}
	if j.colour.matrix == rgb && !p.isFull() {
		return nil, fmt.Errorf("%w: RGB of other sampling than 4:4:4", errOutput)
	}
	return p.picture(j.colour), nil
}

func readPNG(out []byte, j job) (image.Image, error) {
	c, err := png.DecodeConfig(bytes.NewReader(out))
	if err != nil || image.Pt(c.Width, c.Height) != j.size {
		return nil, fmt.Errorf("%w: PNG of %dx%d, want %v", errOutput, c.Width, c.Height, j.size)
	}
	return png.Decode(bytes.NewReader(out))
}

// isCommonAVC tells a key frame of H.264 of the profiles that programs know:
// Baseline, Main, Extended and High, whose samples are of 4:2:0 and eight bits. It
// goes by the configuration (ISO/IEC 14496-15, 5.3.3.1).
func isCommonAVC(j job) bool {
	c := j.key.Config
	return len(c) > 1 && c[1] <= 100
}

// isCommonHEVC tells a key frame of HEVC of 4:2:0, or without colour, and of eight
// bits, by its configuration (ISO/IEC 14496-15, 8.3.3.1).
func isCommonHEVC(j job) bool {
	const sampling, luma, chroma = 16, 17, 18
	c := j.key.Config
	return len(c) <= chroma || c[sampling]&3 <= 1 && c[luma]&7 == 0 && c[chroma]&7 == 0
}

// isColoured leaves out what has luma alone, of which GStreamer makes something
// else, by the configurations of HEVC and AV1.
func isColoured(j job) bool {
	c := j.key.Config
	if j.key.Codec == "av1" {
		const monochrome = 0x10
		return len(c) < 3 || c[2]&monochrome == 0
	}
	return len(c) <= 16 || c[16]&3 != 0
}

// packStream writes the key frame as a stream of its codec. Only decoders of
// H.264 need the frame that follows to show it.
func packStream(j job) ([]byte, error) {
	key := *j.key
	if key.Codec != "h264" {
		key.Data = key.Data[:1]
	}
	b, err := key.Bitstream()
	if err == nil && strings.HasPrefix(string(b), "DKIF") {
		// Programs go by the frame, but some repeat what the header says.
		binary.LittleEndian.PutUint16(b[12:], uint16(j.size.X))
		binary.LittleEndian.PutUint16(b[14:], uint16(j.size.Y))
	}
	return b, err
}

// packStill tells libheif that the samples are of full range already, so that
// it leaves them as they are.
func packStill(j job) ([]byte, error) {
	j.colour = colour{bt601, true}
	return still(j), nil
}

func packStillInColour(j job) ([]byte, error) { return still(j), nil }

// lookup finds an executable on the path, or beside this one.
func lookup(names []string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			if path, err = filepath.Abs(path); err == nil {
				return path
			}
		}
		self, err := os.Executable()
		beside := filepath.Join(filepath.Dir(self), name)
		if info, statErr := os.Stat(beside); err == nil && statErr == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return beside
		}
	}
	return ""
}

// decoder makes a decoder of the program, nil if it is not there.
func (l *DecoderChain) decoder(p program) *decoder {
	path := lookup(p.names)
	if path == "" {
		return nil
	}
	return &decoder{
		name: p.label(path), path: path, testVideo: p.test,
		show: func(ctx context.Context, j job) (image.Image, error) { return l.run(ctx, p, path, j) },
	}
}

func (p program) label(path string) string {
	name := filepath.Base(path)
	if p.gst {
		name = "GStreamer"
	}
	if p.kind != "" {
		name += " for " + p.kind
	}
	return name
}

// Bounds of a program's memory and time.
const (
	programMemory = 256 << 20 // besides what the picture takes
	memoryPixel   = 32        // bytes for each of its pixels
	outputPixel   = 6         // the most bytes that one may have: three samples of two
	programTime   = 10 * time.Second
)

// run decodes a key frame by the program.
func (l *DecoderChain) run(ctx context.Context, p program, path string, j job) (m image.Image, err error) {
	if p.can != nil && !p.can(j) {
		return nil, errNotMine
	}
	data, err := p.pack(j)
	if err != nil {
		return nil, err
	}
	w, err := l.newWorkplace(p.input, data)
	if err != nil {
		return nil, err
	}
	defer func() {
		if removeErr := w.remove(); err == nil {
			err = removeErr
		}
	}()
	task := sandbox.Job{
		Path: path, Args: p.args(j), Dir: w.dir, Env: []string{"LC_ALL=C"}, Time: programTime, Processor: j.processor,
		Output: outputPixel*j.pixels() + maxHeader, Memory: programMemory + memoryPixel*j.pixels(),
	}
	if p.output != "" {
		task.WritePaths = []string{w.dir}
	}
	if p.gst {
		if err := l.withPlugins(ctx, path, &task); err != nil {
			return nil, err
		}
	}
	out, err := sandbox.Run(ctx, task)
	if err == nil && p.output != "" {
		out, err = w.output(p.output, task.Output)
	}
	if err != nil {
		return nil, err
	}
	return p.read(out, j)
}
