package h264

// Places in the table of coded blocks: rows of 8, in which a row above and a
// column to the left belong to other macroblocks.
const (
	placesPerRow = 8
	placeY       = 1*placesPerRow + 1
	placeCb      = 6*placesPerRow + 1
	placeCr      = 6*placesPerRow + 5
)

// notThere marks what lies in no macroblock of the slice: as a number of
// coefficients it is above all others, as a mode below.
const (
	notThere     = 64
	modeNotThere = -1
)

// places are those of the 4x4 blocks of Y in decoding order (6.4.3), then of
// Cb and Cr.
var places = [24]int{
	9, 10, 17, 18, 11, 12, 19, 20, 25, 26, 33, 34, 27, 28, 35, 36,
	49, 50, 57, 58, 53, 54, 61, 62,
}

// mbContext is the macroblock under way and what is known around it.
type mbContext struct {
	mb          *macroblock
	x, y        int         // where it lies, in macroblocks
	left, above *macroblock // nil if not in the slice
	aboveLeft   bool        // they are in the slice
	aboveRight  bool
	lastDelta   int // mb_qp_delta of the macroblock before

	coded [64]uint8 // coefficients of blocks, by place
	modes [40]int8  // modes of prediction of 4x4 blocks, by place
}

// enter makes c the context of macroblock i of a picture.
func (c *mbContext) enter(p *picture, i int, number int32) {
	x := i % p.width
	c.x, c.y = x, i/p.width
	in := func(j int) *macroblock {
		if j >= 0 && p.mbs[j].slice == number {
			return &p.mbs[j]
		}
		return nil
	}
	c.mb, c.left, c.above = &p.mbs[i], nil, in(i-p.width)
	c.aboveLeft = x > 0 && in(i-p.width-1) != nil
	c.aboveRight = x < p.width-1 && in(i-p.width+1) != nil
	if x > 0 {
		c.left = in(i - 1)
	}
	*c.mb = macroblock{slice: number}
	c.load()
}

// load fills the tables from the macroblocks around.
func (c *mbContext) load() {
	clear(c.coded[:])
	for i := range 4 {
		above, left := placeY-placesPerRow+i, placeY-1+placesPerRow*i
		c.coded[above], c.modes[above] = notThere, modeNotThere
		c.coded[left], c.modes[left] = notThere, modeNotThere
		if c.above != nil {
			c.coded[above], c.modes[above] = c.above.coded[12+i], c.above.modes[12+i]
		}
		if c.left != nil {
			c.coded[left], c.modes[left] = c.left.coded[4*i+3], c.left.modes[4*i+3]
		}
	}
	for i := range 4 {
		plane, at := i/2*4, i%2 // Cb twice, Cr twice
		above, left := placeCb-placesPerRow+plane+at, placeCb-1+plane+placesPerRow*at
		c.coded[above], c.coded[left] = notThere, notThere
		if c.above != nil {
			c.coded[above] = c.above.coded[16+plane+2+at]
		}
		if c.left != nil {
			c.coded[left] = c.left.coded[16+plane+2*at+1]
		}
	}
}

// leave keeps in the macroblock what the next ones need.
func (c *mbContext) leave() {
	mb := c.mb
	for y := range 4 {
		row := placeY + placesPerRow*y
		copy(mb.coded[4*y:4*y+4], c.coded[row:row+4])
		copy(mb.modes[4*y:4*y+4], c.modes[row:row+4])
	}
	for y := range 2 {
		cb, cr := placeCb+placesPerRow*y, placeCr+placesPerRow*y
		copy(mb.coded[16+2*y:18+2*y], c.coded[cb:cb+2])
		copy(mb.coded[20+2*y:22+2*y], c.coded[cr:cr+2])
	}
}

// fillModes sets the mode of all 4x4 blocks.
func (c *mbContext) fillModes(mode int8) {
	for y := range 4 {
		row := c.modes[placeY+placesPerRow*y:][:4]
		row[0], row[1], row[2], row[3] = mode, mode, mode, mode
	}
}

// predictedMode returns the mode that the block at a place has unless another
// is sent (8.3.1.1).
func (c *mbContext) predictedMode(place int) int8 {
	mode := min(c.modes[place-1], c.modes[place-placesPerRow])
	if mode == modeNotThere {
		return modeDC
	}
	return mode
}
