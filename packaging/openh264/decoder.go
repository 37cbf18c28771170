//go:build linux || darwin || freebsd

package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// libraries are the versions whose decoders have the same interface.
var libraries = []string{"libopenh264.so.8", "libopenh264.so.7", "libopenh264.so.6", "libopenh264.dylib"}

// methods is ISVCDecoderVtbl of wels/codec_api.h, as far as it is used.
type methods struct {
	initialize, uninitialize                         uintptr
	decodeFrame, decodeFrameNoDelay, decodeFrame2    uintptr
	flushFrame, decodeParser, decodeFrameEx, options uintptr
}

// parameters is SDecodingParam of wels/codec_app_def.h.
type parameters struct {
	restored     uintptr // name of a file for debugging
	load         uint32
	layer        uint8
	concealment  int32
	parseOnly    bool
	propertySize uint32
	property     int32
}

const (
	allLayers     = 255
	noConcealment = 0 // a damaged picture is none
	propertyAVC   = 0 // VIDEO_BITSTREAM_AVC
)

// buffer is SBufferInfo of wels/codec_def.h.
type buffer struct {
	ready         int32
	inTime        uint64
	outTime       uint64
	width, height int32
	format        int32
	stride        [2]int32
	planes        [3]unsafe.Pointer
}

// decoder is an ISVCDecoder.
type decoder struct {
	self unsafe.Pointer // a pointer to a pointer to methods
}

func newDecoder() (*decoder, error) {
	library, err := load()
	if err != nil {
		return nil, err
	}
	create, err := purego.Dlsym(library, "WelsCreateDecoder")
	if err != nil {
		return nil, err
	}
	d := new(decoder)
	if status, _, _ := purego.SyscallN(create, uintptr(unsafe.Pointer(&d.self))); int32(status) != 0 || d.self == nil {
		return nil, fmt.Errorf("create decoder: status %d", int32(status))
	}
	p := parameters{layer: allLayers, concealment: noConcealment, propertySize: 8, property: propertyAVC}
	status, _, _ := purego.SyscallN(d.methods().initialize, uintptr(d.self), uintptr(unsafe.Pointer(&p)))
	if int32(status) != 0 {
		return nil, fmt.Errorf("initialise decoder: status %d", int32(status))
	}
	return d, nil
}

func load() (uintptr, error) {
	var failed error
	for _, name := range libraries {
		library, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err == nil {
			return library, nil
		}
		failed = errors.Join(failed, err)
	}
	return 0, failed
}

func (d *decoder) methods() *methods { return *(**methods)(d.self) }

// picture is a decoded picture of 4:2:0, which lives in the decoder.
type picture struct {
	width, height int
	planes        [3][]byte
	strides       [3]int
}

// first decodes the first picture of a stream.
func (d *decoder) first(stream []byte) (*picture, error) {
	if len(stream) == 0 || len(stream) > math.MaxInt32 {
		return nil, fmt.Errorf("stream of %d bytes", len(stream))
	}
	status := uintptr(0)
	for _, unit := range accessUnits(stream) {
		var b buffer
		status, _, _ = purego.SyscallN(d.methods().decodeFrameNoDelay, uintptr(d.self), uintptr(unsafe.Pointer(&unit[0])),
			uintptr(len(unit)), uintptr(unsafe.Pointer(&b.planes)), uintptr(unsafe.Pointer(&b)))
		runtime.KeepAlive(unit)
		if int32(status) != 0 {
			break
		}
		if b.ready == 1 {
			return b.picture()
		}
	}
	var b buffer
	if int32(status) == 0 {
		status, _, _ = purego.SyscallN(d.methods().flushFrame, uintptr(d.self), uintptr(unsafe.Pointer(&b.planes)), uintptr(unsafe.Pointer(&b)))
	}
	if int32(status) != 0 || b.ready != 1 {
		return nil, fmt.Errorf("no picture: status %#x", int32(status))
	}
	return b.picture()
}

const maxSide = 1 << 14

func (b *buffer) picture() (*picture, error) {
	const i420 = 23 // videoFormatI420
	p := &picture{width: int(b.width), height: int(b.height)}
	p.strides = [3]int{int(b.stride[0]), int(b.stride[1]), int(b.stride[1])}
	if b.format != i420 || p.width < 1 || p.height < 1 || p.width > maxSide || p.height > maxSide {
		return nil, fmt.Errorf("picture of format %d, %dx%d pixels", b.format, b.width, b.height)
	}
	for i, plane := range b.planes {
		width, height := p.size(i)
		if plane == nil || p.strides[i] < width {
			return nil, errors.New("picture without planes")
		}
		p.planes[i] = unsafe.Slice((*byte)(plane), (height-1)*p.strides[i]+width)
	}
	return p, nil
}

// size is that of luma and of both chroma planes.
func (p *picture) size(plane int) (width, height int) {
	if plane == 0 {
		return p.width, p.height
	}
	return (p.width + 1) / 2, (p.height + 1) / 2
}

// write prints the picture as YUV4MPEG2.
func (p *picture) write(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F1:1 Ip A0:0 C420\nFRAME\n", p.width, p.height); err != nil {
		return err
	}
	for i, plane := range p.planes {
		width, height := p.size(i)
		for y := range height {
			if _, err := w.Write(plane[y*p.strides[i]:][:width]); err != nil {
				return err
			}
		}
	}
	return nil
}

// accessUnits splits a stream where the second picture begins: at the first
// slice (NAL units 1 and 5) that is at the start of a picture, but for the very
// first. Parameter sets before it stay with the picture before.
func accessUnits(stream []byte) [][]byte {
	var starts []int
	for i := 0; i+4 < len(stream); i++ {
		if stream[i] != 0 || stream[i+1] != 0 || stream[i+2] != 1 {
			continue
		}
		// first_mb_in_slice of 0 is coded as a single bit.
		if kind := stream[i+3] & 31; (kind == 1 || kind == 5) && stream[i+4]&0x80 != 0 {
			starts = append(starts, i)
		}
	}
	if len(starts) < 2 {
		return [][]byte{stream}
	}
	return [][]byte{stream[:starts[1]], stream[starts[1]:]}
}
