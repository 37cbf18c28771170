package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Markers (table B.1).
const (
	markerSOF0  = 0xc0 // baseline
	markerSOF1  = 0xc1 // extended sequential
	markerSOF2  = 0xc2 // progressive
	markerDHT   = 0xc4
	markerSOF9  = 0xc9 // extended sequential, arithmetic
	markerSOF10 = 0xca // progressive, arithmetic
	markerDAC   = 0xcc
	markerSOF15 = 0xcf // the last of the frame headers
	markerJPG   = 0xc8
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP2  = 0xe2
	markerAPP14 = 0xee
)

// maxScans bounds the work that a small file can ask for: each scan may go
// over the whole picture for a few bytes. Encoders write about ten.
const maxScans = 100

// decoder reads one picture.
type decoder struct {
	bits  bitReader
	frame frame

	quant    [4]*[64]int32   // in zigzag order; nil until defined
	dc, ac   [4]huffmanTable // of DHT classes 0 and 1
	coder    *arithmetic     // nil until something needs it
	interval int             // MCUs between restart markers; 0 for none
	adobe    int             // colour transform of an Adobe segment; -1 for none
	jfif     bool
	scans    int
	decoded  bool // something of the picture
}

func newDecoder(r io.Reader) *decoder {
	d := &decoder{bits: newBitReader(r), adobe: -1}
	for i := range defaultDC {
		d.dc[i].set(defaultDC[i])
		d.ac[i].set(defaultAC[i])
	}
	return d
}

// readHeader reads up to and with the frame header.
func (d *decoder) readHeader() error {
	soi, err := d.bits.r.Peek(2)
	if err != nil {
		return d.unexpected(err)
	}
	if soi[0] != 0xff || soi[1] != markerSOI {
		return fmt.Errorf("%w: no SOI marker", ErrFormat)
	}
	for !d.frame.known() {
		marker, err := d.nextMarker()
		if err != nil {
			return err
		}
		if marker == markerEOI || marker == markerSOS {
			return fmt.Errorf("%w: no frame header", ErrFormat)
		}
		if err := d.readSegment(marker); err != nil {
			return err
		}
	}
	return d.frame.check(d.adobe, d.jfif)
}

// readScans reads the rest of the picture. Once something of it has been
// decoded, damage ends it without an error.
func (d *decoder) readScans() error {
	err := d.readToEnd()
	if d.bits.err != nil {
		return fmt.Errorf("jpeg: read: %w", d.bits.err)
	}
	if d.decoded {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%w: no picture data", ErrFormat)
	}
	return err
}

func (d *decoder) readToEnd() error {
	for {
		marker, err := d.nextMarker()
		if err != nil {
			return err
		}
		at := d.bits.markerAt
		switch marker {
		case markerEOI:
			return nil
		case markerSOS:
			err = d.readScan()
		default:
			err = d.readSegment(marker)
		}
		if err != nil {
			d.bits.leaveAll(at)
			return err
		}
	}
}

// nextMarker returns the marker that ended the last entropy-coded segment or
// else the next one, skipping what is none and those that stand alone.
func (d *decoder) nextMarker() (byte, error) {
	for {
		d.bits.skip()
		marker := d.bits.marker
		d.bits.marker = 0
		if d.bits.err != nil {
			return 0, fmt.Errorf("jpeg: read: %w", d.bits.err)
		}
		if heeded(marker) {
			return marker, nil
		}
	}
}

// heeded reports whether a marker between segments means anything.
func heeded(marker byte) bool {
	return marker >= markerSOF0 && marker != markerSOI && !isRestart(marker)
}

// readSegment reads the segment of any marker but SOS.
func (d *decoder) readSegment(marker byte) error {
	p, err := d.payload()
	if err != nil {
		return err
	}
	switch {
	case marker == markerDQT:
		err = d.readQuantTables(p)
	case marker == markerDHT:
		err = d.readHuffmanTables(p)
	case marker == markerDAC:
		err = d.arithmeticCoder().readConditioning(p)
	case marker == markerDRI:
		err = d.readInterval(p)
	case marker == markerAPP0:
		d.jfif = d.jfif || bytes.HasPrefix(p, []byte("JFIF\x00"))
	case marker == markerAPP14:
		d.readAdobe(p)
	case marker >= markerSOF0 && marker <= markerSOF2, marker == markerSOF9, marker == markerSOF10:
		err = d.readFrame(marker, p)
	case marker > markerSOF2 && marker <= markerSOF15 && marker != markerJPG:
		err = fmt.Errorf("%w: frame of type %#x", ErrUnsupported, marker)
	}
	d.bits.discard(len(p))
	return err
}

// payload returns the bytes of a segment. They are to be discarded by the
// caller and stay valid until then.
func (d *decoder) payload() ([]byte, error) {
	head, err := d.bits.r.Peek(2)
	if err != nil {
		return nil, d.unexpected(err)
	}
	n := int(binary.BigEndian.Uint16(head)) - 2
	if n < 0 {
		return nil, fmt.Errorf("%w: segment of negative length", ErrFormat)
	}
	d.bits.discard(2)
	p, err := d.bits.r.Peek(n)
	if err != nil {
		return nil, d.unexpected(err)
	}
	return p, nil
}

// unexpected is the error of an input that ends too early or cannot be read.
func (d *decoder) unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: unexpected end", ErrFormat)
	}
	d.bits.err = err
	return fmt.Errorf("jpeg: read: %w", err)
}

// readQuantTables reads a DQT segment (B.2.4.1).
func (d *decoder) readQuantTables(p []byte) error {
	for len(p) > 0 {
		size, id := 1+int(p[0]>>4), p[0]&15
		p = p[1:]
		if size > 2 || id > 3 || len(p) < 64*size {
			return fmt.Errorf("%w: quantization table", ErrFormat)
		}
		t := new([64]int32)
		for k := range t {
			if size == 1 {
				t[k] = int32(p[k])
			} else {
				t[k] = int32(binary.BigEndian.Uint16(p[2*k:]))
			}
		}
		d.quant[id] = t
		p = p[64*size:]
	}
	return nil
}

// readHuffmanTables reads a DHT segment (B.2.4.2).
func (d *decoder) readHuffmanTables(p []byte) error {
	for len(p) > 0 {
		if len(p) < 17 {
			return fmt.Errorf("%w: Huffman table", ErrFormat)
		}
		class, id := p[0]>>4, p[0]&15
		spec := tableSpec{counts: [16]uint8(p[1:17])}
		total := 0
		for _, n := range spec.counts {
			total += int(n)
		}
		p = p[17:]
		if class > 1 || id > 3 || total > min(len(p), 256) {
			return fmt.Errorf("%w: Huffman table", ErrFormat)
		}
		spec.values, p = p[:total], p[total:]
		if class == 1 {
			d.ac[id].set(spec)
		} else if err := checkDC(spec); err != nil {
			return err
		} else {
			d.dc[id].set(spec)
		}
	}
	return nil
}

// readInterval reads a DRI segment (B.2.4.4).
func (d *decoder) readInterval(p []byte) error {
	if len(p) < 2 {
		return fmt.Errorf("%w: restart interval", ErrFormat)
	}
	d.interval = int(binary.BigEndian.Uint16(p))
	return nil
}

// readAdobe reads the colour transform of an APP14 segment (T.872, 6.5.3).
func (d *decoder) readAdobe(p []byte) {
	if len(p) >= 12 && string(p[:5]) == "Adobe" {
		d.adobe = int(p[11])
	}
}
