package h264

// Places in the tables of coded blocks, one of each plane, and of modes: rows of
// 8, in which a row above and a column to the left belong to other macroblocks.
const (
	placesPerRow = 8
	firstPlace   = 1*placesPerRow + 1
)

// notThere marks what lies in no macroblock of the slice: as a number of
// coefficients it is above all others, as a mode below.
const (
	notThere     = 64
	modeNotThere = -1
)

// places are those of 4x4 blocks of Y, and of Cb and Cr in 4:4:4, in decoding
// order (6.4.3); smallPlaces those of other chroma.
var (
	places = [16]int{
		9, 10, 17, 18, 11, 12, 19, 20, 25, 26, 33, 34, 27, 28, 35, 36,
	}
	smallPlaces = [8]int{9, 10, 17, 18, 25, 26, 33, 34}
)

// mbContext is the macroblock under way and what is known around it.
type mbContext struct {
	mb          *macroblock
	planes      []plane     // of the picture, or of the field of the pair
	x, y        int         // where it lies in them, in macroblocks
	left, above *macroblock // nil if not in the slice
	aboveLeft   bool        // they are in the slice
	aboveRight  bool
	lastDelta   int // mb_qp_delta of the macroblock before

	// Of a macroblock in a pair:
	field  bool           // the pair is of two fields
	bottom int            // 1 for the second one of the pair
	mixed  *[2]macroblock // the pair to the left, if one is of fields and the other not

	coded [3][40]uint8 // coefficients of blocks of a plane, by place
	modes [40]int8     // modes of prediction of 4x4 blocks, by place
}

// enter makes c the context of macroblock i of a picture.
func (c *mbContext) enter(p *picture, i int, number int32) {
	c.mb = &p.mbs[i]
	if p.pairs {
		c.lookAroundPair(p, i, number)
	} else {
		c.lookAround(p, i, number)
	}
	*c.mb = macroblock{slice: number, field: c.field}
	c.loadModes()
	for plane := range p.planes {
		c.loadCoded(plane, p.planes[plane].width/4, p.planes[plane].height/4)
	}
}

// lookAround finds the macroblocks around macroblock i.
func (c *mbContext) lookAround(p *picture, i int, number int32) {
	x := i % p.width
	c.planes, c.x, c.y = p.planes, x, i/p.width
	in := func(j int) *macroblock {
		if j >= 0 && p.mbs[j].slice == number {
			return &p.mbs[j]
		}
		return nil
	}
	c.left, c.above = nil, in(i-p.width)
	c.aboveLeft = x > 0 && in(i-p.width-1) != nil
	c.aboveRight = x < p.width-1 && in(i-p.width+1) != nil
	if x > 0 {
		c.left = in(i - 1)
	}
}

// loadModes fills the table of modes from the macroblocks around.
func (c *mbContext) loadModes() {
	for i := range 4 {
		above, left := firstPlace-placesPerRow+i, firstPlace-1+placesPerRow*i
		c.modes[above], c.modes[left] = modeNotThere, modeNotThere
		if c.above != nil {
			c.modes[above] = c.above.modes[12+i]
		}
		if mb, row := c.beside(i, 4); mb != nil {
			c.modes[left] = mb.modes[4*row+3]
		}
	}
}

// loadCoded fills the table of a plane, of so many blocks across and down.
func (c *mbContext) loadCoded(plane, across, down int) {
	t := &c.coded[plane]
	clear(t[:])
	for i := range across {
		t[firstPlace-placesPerRow+i] = notThere
		if c.above != nil {
			t[firstPlace-placesPerRow+i] = c.above.coded[plane][4*(down-1)+i]
		}
	}
	for i := range down {
		t[firstPlace-1+placesPerRow*i] = notThere
		if mb, row := c.beside(i, down); mb != nil {
			t[firstPlace-1+placesPerRow*i] = mb.coded[plane][4*row+across-1]
		}
	}
}

// leave keeps in the macroblock what the next ones need.
func (c *mbContext) leave() {
	mb := c.mb
	for y := range 4 {
		row := firstPlace + placesPerRow*y
		copy(mb.modes[4*y:4*y+4], c.modes[row:row+4])
		for plane := range mb.coded {
			copy(mb.coded[plane][4*y:4*y+4], c.coded[plane][row:row+4])
		}
	}
}

// fillModes sets the mode of all 4x4 blocks.
func (c *mbContext) fillModes(mode int8) {
	for y := range 4 {
		row := c.modes[firstPlace+placesPerRow*y:][:4]
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
