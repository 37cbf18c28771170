package vp8l

const black = 0xff000000

// predict adds to pixels what was predicted of them (4.1).
func (t *transform) predict(row []uint32, y int) []uint32 {
	out, up := t.rows[0], t.rows[1]
	t.rows[0], t.rows[1] = up, out
	if y == 0 {
		out[0] = add(row[0], black)
		predictors[1](out[:t.width], row[1:t.width], nil)
		return out[:t.width]
	}
	out[0] = add(row[0], up[0])
	up[t.width] = out[0]
	tiles := t.data[y>>t.bits*t.across:][:t.across]
	for i, mode := range tiles {
		x := max(i<<t.bits, 1)
		end := min((i+1)<<t.bits, t.width)
		if x < end {
			predictors[mode>>8&15](out[x-1:end], row[x:end], up[x-1:end+1])
		}
	}
	return out[:t.width]
}

// predictors write pixels from out[1] on. They add to each of in what the mode says of the
// pixels to the left and above. The pixel up[0] is above out[0], and up has one more.
// The last two are no modes; golang.org/x/image predicts nothing for them.
var predictors = [16]func(out, in, up []uint32){
	func(out, in, up []uint32) {
		out = out[1:]
		for i, v := range in[:len(out)] {
			out[i] = add(v, black)
		}
	},
	func(out, in, up []uint32) {
		left := out[0]
		out = out[1:]
		for i, v := range in[:len(out)] {
			left = add(v, left)
			out[i] = left
		}
	},
	func(out, in, up []uint32) { addRow(out[1:], in, up[1:]) },
	func(out, in, up []uint32) { addRow(out[1:], in, up[2:]) },
	func(out, in, up []uint32) { addRow(out[1:], in, up) },
	func(out, in, up []uint32) { // left and right above, and above
		left := spread(out[0])
		out = out[1:]
		above, right := up[1:][:len(out)], up[2:][:len(out)]
		for i, v := range in[:len(out)] {
			left = (spread(v) + average(average(left, spread(right[i])), spread(above[i]))) & lanes
			out[i] = pack(left)
		}
	},
	func(out, in, up []uint32) { // left and left above
		left := spread(out[0])
		out = out[1:]
		corner := up[:len(out)]
		for i, v := range in[:len(out)] {
			left = (spread(v) + average(left, spread(corner[i]))) & lanes
			out[i] = pack(left)
		}
	},
	func(out, in, up []uint32) { // left and above
		left := spread(out[0])
		out = out[1:]
		above := up[1:][:len(out)]
		for i, v := range in[:len(out)] {
			left = (spread(v) + average(left, spread(above[i]))) & lanes
			out[i] = pack(left)
		}
	},
	func(out, in, up []uint32) { addAverages(out[1:], in, up, up[1:]) },
	func(out, in, up []uint32) { addAverages(out[1:], in, up[1:], up[2:]) },
	func(out, in, up []uint32) { // the averages of left and left above, and of above and right above
		left := spread(out[0])
		out = out[1:]
		corner, above, right := up[:len(out)], up[1:][:len(out)], up[2:][:len(out)]
		for i, v := range in[:len(out)] {
			other := average(spread(above[i]), spread(right[i]))
			left = (spread(v) + average(average(left, spread(corner[i])), other)) & lanes
			out[i] = pack(left)
		}
	},
	func(out, in, up []uint32) {
		left := spread(out[0])
		out = out[1:]
		corner, above := up[:len(out)], up[1:][:len(out)]
		for i, v := range in[:len(out)] {
			c, a := spread(corner[i]), spread(above[i])
			left = (spread(v) + nearer(left, a, c)) & lanes
			out[i] = pack(left)
		}
	},
	func(out, in, up []uint32) { // left and above without left above
		left := spread(out[0])
		out = out[1:]
		corner, above := up[:len(out)], up[1:][:len(out)]
		for i, v := range in[:len(out)] {
			left = (spread(v) + clamp(left+(spread(above[i])+all256-spread(corner[i])))) & lanes
			out[i] = pack(left)
		}
	},
	func(out, in, up []uint32) { // half of the way from left above through the average of left and above
		left := spread(out[0])
		out = out[1:]
		corner, above := up[:len(out)], up[1:][:len(out)]
		for i, v := range in[:len(out)] {
			left = (spread(v) + beyond(average(left, spread(above[i])), spread(corner[i]))) & lanes
			out[i] = pack(left)
		}
	},
	func(out, in, up []uint32) { copy(out[1:], in) },
	func(out, in, up []uint32) { copy(out[1:], in) },
}

func addRow(out, in, up []uint32) {
	up = up[:len(out)]
	for i, v := range in[:len(out)] {
		out[i] = add(v, up[i])
	}
}

func addAverages(out, in, a, b []uint32) {
	a, b = a[:len(out)], b[:len(out)]
	for i, v := range in[:len(out)] {
		const upper = 0xfefefefe
		out[i] = add(v, a[i]&b[i]+(a[i]^b[i])&upper>>1)
	}
}

// Bytes of a pixel are spread over numbers of 16 bits each, which are counted with
// at once.
const (
	lanes  = 0x00ff00ff00ff00ff
	ones   = 0x0001000100010001
	all256 = 256 * ones
)

func spread(v uint32) uint64 { return (uint64(v) | uint64(v)<<24) & lanes }

func pack(v uint64) uint32 { return uint32(v | v>>24) }

func average(a, b uint64) uint64 { return (a + b) >> 1 & lanes }

// clamp brings numbers that are 256 too large into 0 to 255.
func clamp(v uint64) uint64 {
	over, inside := v>>9&ones, v>>8&ones
	return (v | (over<<8 - over)) & ((over|inside)<<8 - (over | inside)) & lanes
}

// beyond adds to numbers half of what they are more than others, rounded towards them,
// and clamps the sums.
func beyond(v, other uint64) uint64 {
	difference := v + all256 - other
	less := ^difference >> 8 & ones
	half := (difference + less) >> 1 & (lanes | all256)
	return clamp(v + half + 128*ones)
}

// nearer returns left or above: that which is nearer to left plus above minus corner. It
// is above where both are as near.
func nearer(left, above, corner uint64) uint64 {
	choice := uint64(int64(distance(above, corner)-distance(left, corner)) >> 63)
	return left&choice | above&^choice
}

// distance returns how far numbers are from others, together.
func distance(a, b uint64) uint64 {
	difference := a + all256 - b
	less := ^difference >> 8 & ones
	far := (difference^(less<<8-less))&lanes + less
	return far * ones >> 48
}
