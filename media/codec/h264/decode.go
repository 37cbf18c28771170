package h264

import (
	"context"
	"errors"
	"fmt"
)

// errNextPicture means that a unit lies behind the picture that is decoded.
var errNextPicture = errors.New("h264: picture is complete")

// errPredicted means that a slice needs other pictures.
var errPredicted = fmt.Errorf("%w: not an intra picture", ErrUnsupported)

// decoder decodes the first picture of a stream.
type decoder struct {
	maxPixels int64
	// earlyX264 tells that the stream is coded as x264 did up to its build 150,
	// which took 4:4:4 with 8x8 blocks and CABAC for something else than the
	// standard does.
	earlyX264 bool
	buf       []byte // the unit under way, unescaped

	sps    [32]*sps
	pps    [256]*pps
	setErr error // of a parameter set that was passed over

	frame *frame   // nil until its first slice
	first *slice   // the first slice of the picture
	pic   *picture // the frame, or the field under way
	pair  *picture // the first field of a frame, once the second has begun
}

// mayBeEarlyX264 reports whether that would make a difference.
func (d *decoder) mayBeEarlyX264() bool {
	s := d.first
	return s != nil && s.sps.full() && s.pps.cabac && s.pps.transform8x8 && !d.earlyX264
}

// decode decodes the first picture of a stream.
func (d *decoder) decode(ctx context.Context, stream []byte) (*frame, error) {
	for unit := range units(stream) {
		err := d.unit(ctx, unit)
		if errors.Is(err, errNextPicture) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return d.finish(ctx)
}

// unit decodes a NAL unit.
func (d *decoder) unit(ctx context.Context, unit []byte) error {
	head := unit[0]
	switch kind := head & 31; {
	case kind >= unitPartitionA && kind <= unitPartitionC:
		return fmt.Errorf("%w: data partitioning", ErrUnsupported)
	case kind == unitSlice, kind == unitIDRSlice:
		if d.done() {
			return errNextPicture
		}
		b := d.open(unit)
		err := d.slice(ctx, &b, head)
		if errors.Is(err, errPredicted) && d.complete() {
			return errNextPicture // the second field, predicted from the first
		}
		return err
	case kind == unitSPS:
		b := d.open(unit)
		d.keepSPS(&b)
	case kind == unitPPS:
		b := d.open(unit)
		d.keepPPS(&b)
	}
	return nil
}

// open returns a reader of what follows the head of a unit, until the next is
// opened.
func (d *decoder) open(unit []byte) bitReader {
	d.buf = unescape(d.buf[:0], unit[1:])
	return newBitReader(d.buf)
}

// A parameter set that cannot be read is no fault as long as no slice uses it.
func (d *decoder) keepSPS(b *bitReader) {
	s, err := parseSPS(b)
	if err != nil {
		d.setErr = err
		return
	}
	if old := d.sps[s.id]; old == nil || *old != *s { // it may be sent again between fields
		d.sps[s.id] = s
	}
}

func (d *decoder) keepPPS(b *bitReader) {
	p, err := parsePPS(b, &d.sps)
	if err != nil {
		d.setErr = err
		return
	}
	d.pps[p.id] = p
}

// complete reports whether all of the frame, or of the field under way, is
// there.
func (d *decoder) complete() bool { return d.pic != nil && d.pic.complete() }

// done reports whether nothing more can belong to the picture.
func (d *decoder) done() bool { return d.complete() && (!d.pic.field || d.pair != nil) }

func (d *decoder) slice(ctx context.Context, b *bitReader, head byte) error {
	s, err := d.parseSlice(b, head)
	if err != nil {
		return err
	}
	if s.redundant {
		return nil
	}
	if err := d.place(s); err != nil {
		return err
	}
	d.pic.slices = append(d.pic.slices, s)
	return decodeSlice(ctx, d.pic, s, b)
}

// place begins the picture that a slice belongs to, if it is the first there.
func (d *decoder) place(s *slice) error {
	if d.frame == nil {
		return d.begin(s)
	}
	f := d.first
	same := s.sps == f.sps && s.frameNum == f.frameNum && s.field == f.field
	switch inField := same && s.bottom == f.bottom; {
	case inField && !d.complete():
		return nil
	case !d.complete():
		return fmt.Errorf("%w: picture is cut short", ErrDamaged)
	case inField || !same:
		return errNextPicture // behind a field that stands alone
	}
	d.pair, d.first = d.pic, s
	d.pic = d.frame.picture(s)
	return nil
}

func (d *decoder) begin(s *slice) error {
	width, height := 16*s.sps.widthMBs, 16*s.sps.heightMBs()
	if int64(width)*int64(height) > d.maxPixels {
		return fmt.Errorf("%w: %dx%d", ErrTooLarge, width, height)
	}
	d.first, d.frame = s, newFrame(s.sps)
	d.pic = d.frame.picture(s)
	return nil
}

// finish filters the picture and returns it.
func (d *decoder) finish(ctx context.Context) (*frame, error) {
	switch {
	case d.pic == nil && d.setErr != nil:
		return nil, d.setErr
	case d.pic == nil:
		return nil, fmt.Errorf("%w: no slices", ErrDamaged)
	case !d.complete():
		return nil, fmt.Errorf("%w: picture is cut short", ErrDamaged)
	}
	for _, p := range []*picture{d.pair, d.pic} {
		if p == nil {
			continue
		}
		if err := p.deblock(ctx); err != nil {
			return nil, err
		}
	}
	if d.pic.field && d.pair == nil {
		d.frame.fillField(!d.first.bottom)
	}
	return d.frame, nil
}
