package inflate

// fastInput is how many bytes of input one turn of the fast loop may load: it
// fetches bits twice, eight bytes each time, and moves on by seven in between.
const fastInput = 16

// decode decodes codes of a block until it ends, there is output up to the
// limit, or input is missing.
func (z *Reader) decode() error {
	if z.end-z.pos < fastInput {
		z.fill() // if it cannot, there may be enough for the next code
	}
	if z.end-z.pos < fastInput {
		return z.decodeOne()
	}
	return z.decodeMany()
}

// decodeOne decodes one code, with a check of each bit.
func (z *Reader) decodeOne() error {
	z.need(2*maxCode + 5 + 13) // as far as there are
	e := z.lits.at(z.bits)
	if e&other == 0 {
		if e.code() > z.nbits {
			return z.cutShort()
		}
		z.drop(e.code())
		z.out[z.write] = byte(e.value())
		z.write++
		return nil
	}
	if e&special != 0 {
		return z.endBlock(e)
	}
	length, err := z.number(e)
	if err != nil {
		return err
	}
	e = z.dists.at(z.bits)
	if e&special != 0 {
		return ErrCorrupt
	}
	distance, err := z.number(e)
	if err != nil {
		return err
	}
	if distance > z.write {
		return ErrCorrupt
	}
	for range length {
		z.out[z.write] = z.out[z.write-distance]
		z.write++
	}
	return nil
}

// number takes a length or a distance.
func (z *Reader) number(e entry) (int, error) {
	if e.total() > z.nbits {
		return 0, z.cutShort()
	}
	extra := z.bits & (1<<e.total() - 1) >> e.code()
	z.drop(e.total())
	return int(e.value()) + int(extra), nil
}

// endBlock takes the code of an end of a block, if e is that.
func (z *Reader) endBlock(e entry) error {
	if e.value() != endOfBlock {
		return ErrCorrupt
	}
	if e.code() > z.nbits {
		return z.cutShort()
	}
	z.drop(e.code())
	z.state = atBlock
	return nil
}

// decodeMany decodes codes while there is enough input for any of them and the
// output has not reached its limit.
//
// Its loads and stores are not checked. They lie within the slices, since:
//
//   - A turn begins with pos <= z.end-fastInput. It loads 8 bytes at pos, moves on
//     by 7 at most, and loads 8 bytes again: up to pos+15, which is before z.end.
//   - A turn begins with write < z.limit. It makes two entries of two literals at most and
//     a third one of either two literals or a match of up to 258 bytes. Copying
//     writes up to 15 bytes beyond the match, so up to write+4+258+15, which is
//     before z.limit+margin, the end of z.out.
//   - A match is copied from write-distance on, which is not negative, in steps that
//     are no longer than the distance: from bytes that are written already. The pattern
//     of a short distance is taken from up to 7 bytes behind write, and these are masked.
func (z *Reader) decodeMany() error {
	in, out, lits, dists := z.in, z.out, z.lits, z.dists
	next, n := z.bits, z.nbits
	pos, write := z.pos, z.write
	lastPos, limit := z.end-fastInput, z.limit
	var err error
	for pos <= lastPos && write < limit {
		// What is above n are bits of the stream already, or zeros: fetched again
		// they are the same.
		next |= load64(in, pos) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e := lits[next&(1<<litBits-1)]
		if e&other == 0 {
			store16(out, write, uint16(e>>16))
			write += 1 + int(e>>12&1)
			next >>= e & 63
			n -= uint(e & 63)
			e = lits[next&(1<<litBits-1)]
			if e&other == 0 {
				store16(out, write, uint16(e>>16))
				write += 1 + int(e>>12&1)
				next >>= e & 63
				n -= uint(e & 63)
				e = lits[next&(1<<litBits-1)]
				if e&other == 0 {
					store16(out, write, uint16(e>>16))
					write += 1 + int(e>>12&1)
					next >>= e & 63
					n -= uint(e & 63)
					continue
				}
			}
		}
		if e&special != 0 {
			e = lits.at(next)
			if e&other == 0 {
				store16(out, write, uint16(e>>16))
				write++
				next >>= e & 63
				n -= uint(e & 63)
				continue
			}
			if e&special != 0 {
				if e.value() != endOfBlock {
					err = ErrCorrupt
					break
				}
				next >>= e & 63
				n -= uint(e & 63)
				z.state = atBlock
				break
			}
		}
		length := int(e>>16) + int(next&(1<<(e&63)-1)>>(e>>8&15))
		next >>= e & 63
		n -= uint(e & 63)

		next |= load64(in, pos) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e = dists[next&(1<<distBits-1)]
		if e&special != 0 {
			if e = dists.at(next); e&special != 0 {
				err = ErrCorrupt
				break
			}
		}
		distance := int(e>>16) + int(next&(1<<(e&63)-1)>>(e>>8&15))
		next >>= e & 63
		n -= uint(e & 63)
		if distance > write {
			err = ErrCorrupt
			break
		}
		end := write + length
		switch {
		case distance >= 16:
			for from := write - distance; write < end; write += 16 {
				copy16(out, write, from)
				from += 16
			}
		case distance >= 8:
			for ; write < end; write += 8 {
				store64(out, write, load64(out, write-distance))
			}
		default:
			word := load64(out, write-distance) & (1<<(8*distance) - 1) * repeats[distance]
			for ; write < end; write += steps[distance] {
				store64(out, write, word)
			}
		}
		write = end
	}
	z.bits, z.nbits = next&(1<<n-1), n
	z.pos, z.write = pos, write
	return err
}

// A word of so many bytes, times a factor, is repeated all over eight bytes. Of
// these so many are whole words.
var (
	repeats = [8]uint64{0, 0x0101010101010101, 0x0001000100010001, 1 | 1<<24 | 1<<48, 1 | 1<<32, 1 | 1<<40, 1 | 1<<48, 1 | 1<<56}
	steps   = [8]int{0, 8, 8, 6, 8, 5, 6, 7}
)
