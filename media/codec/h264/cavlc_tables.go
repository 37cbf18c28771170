package h264

// patterns are the values of coded_block_pattern of intra macroblocks by their
// code, grayPatterns those without chroma: Table 9-4.
var (
	patterns = [48]uint8{
		47, 31, 15, 0, 23, 27, 29, 30, 7, 11, 13, 14, 39, 43, 45, 46,
		16, 3, 5, 10, 12, 19, 21, 26, 28, 35, 37, 42, 44, 1, 2, 4,
		8, 17, 18, 20, 24, 6, 9, 22, 25, 32, 33, 34, 36, 40, 38, 41,
	}
	grayPatterns = [16]uint8{15, 0, 7, 11, 13, 14, 3, 5, 10, 12, 1, 2, 4, 8, 6, 9}
)

// Codes of coeff_token, by the least number of coefficients around that they
// are for: Table 9-5. The value is four times the coefficients plus the
// trailing ones. The rows have the lengths, then the codes, of 0 to 3 trailing
// ones, for 0 coefficients, 1, 2 and so on.
var (
	tokens0 = newTokens(
		[]uint8{
			1, 6, 2, 8, 6, 3, 9, 8, 7, 5, 10, 9, 8, 6, 11, 10, 9, 7, 13, 11, 10, 8,
			13, 13, 11, 9, 13, 13, 13, 10, 14, 14, 13, 11, 14, 14, 14, 13,
			15, 15, 14, 14, 15, 15, 15, 14, 16, 15, 15, 15, 16, 16, 16, 15,
			16, 16, 16, 16, 16, 16, 16, 16,
		}, []uint8{
			1, 5, 1, 7, 4, 1, 7, 6, 5, 3, 7, 6, 5, 3, 7, 6, 5, 4, 15, 6, 5, 4,
			11, 14, 5, 4, 8, 10, 13, 4, 15, 14, 9, 4, 11, 10, 13, 12,
			15, 14, 9, 12, 11, 10, 13, 8, 15, 1, 9, 12, 11, 14, 13, 8,
			7, 10, 9, 12, 4, 6, 5, 8,
		})
	tokens2 = newTokens(
		[]uint8{
			2, 6, 2, 6, 5, 3, 7, 6, 6, 4, 8, 6, 6, 4, 8, 7, 7, 5, 9, 8, 8, 6,
			11, 9, 9, 6, 11, 11, 11, 7, 12, 11, 11, 9, 12, 12, 12, 11,
			12, 12, 12, 11, 13, 13, 13, 12, 13, 13, 13, 13, 13, 14, 13, 13,
			14, 14, 14, 13, 14, 14, 14, 14,
		}, []uint8{
			3, 11, 2, 7, 7, 3, 7, 10, 9, 5, 7, 6, 5, 4, 4, 6, 5, 6, 7, 6, 5, 8,
			15, 6, 5, 4, 11, 14, 13, 4, 15, 10, 9, 4, 11, 14, 13, 12,
			8, 10, 9, 8, 15, 14, 13, 12, 11, 10, 9, 12, 7, 11, 6, 8,
			9, 8, 10, 1, 7, 6, 5, 4,
		})
	tokens4 = newTokens(
		[]uint8{
			4, 6, 4, 6, 5, 4, 6, 5, 5, 4, 7, 5, 5, 4, 7, 5, 5, 4, 7, 6, 6, 4,
			7, 6, 6, 4, 8, 7, 7, 5, 8, 8, 7, 6, 9, 8, 8, 7,
			9, 9, 8, 8, 9, 9, 9, 8, 10, 9, 9, 9, 10, 10, 10, 10,
			10, 10, 10, 10, 10, 10, 10, 10,
		}, []uint8{
			15, 15, 14, 11, 15, 13, 8, 12, 14, 12, 15, 10, 11, 11, 11, 8, 9, 10, 9, 14, 13, 9,
			8, 10, 9, 8, 15, 14, 13, 13, 11, 14, 10, 12, 15, 10, 13, 12,
			11, 14, 9, 12, 8, 10, 13, 8, 13, 7, 9, 12, 9, 12, 11, 10,
			5, 8, 7, 6, 1, 4, 3, 2,
		})
	tokens8 = func() (c codes) {
		c.add(0, 6, 3)
		for i := range uint8(64) {
			if total, ones := i>>2+1, i&3; ones <= total {
				c.add(total<<2|ones, 6, i)
			}
		}
		return c
	}()
	tokensChromaDC = newTokens(
		[]uint8{2, 6, 1, 6, 6, 3, 6, 7, 7, 6, 6, 8, 8, 7},
		[]uint8{1, 7, 1, 4, 6, 1, 3, 3, 2, 5, 2, 3, 2, 0},
	)
	tokensTallDC = newTokens( // of 4:2:2
		[]uint8{
			1, 7, 2, 7, 7, 3, 9, 7, 7, 5, 9, 9, 7, 6, 10, 10, 9, 7,
			11, 11, 10, 7, 12, 12, 11, 10, 13, 12, 12, 11,
		}, []uint8{
			1, 15, 1, 14, 13, 1, 7, 12, 11, 1, 6, 5, 10, 1, 7, 6, 4, 9,
			7, 6, 5, 8, 7, 6, 5, 4, 7, 5, 4, 4,
		})
)

// newTokens returns codes of coeff_token. There are no more trailing ones than
// coefficients.
func newTokens(lengths, patterns []uint8) (c codes) {
	token := uint8(0)
	for i, length := range lengths {
		c.add(token, length, patterns[i])
		if token&3 == min(token>>2, 3) {
			token = (token | 3) + 1
		} else {
			token++
		}
	}
	return c
}

// totalZeros are the codes of total_zeros by the coefficients less one, of 4x4
// blocks: Tables 9-7 and 9-8.
var totalZeros = [15]codes{
	newCodes([]uint8{1, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 9}, []uint8{1, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 1}),
	newCodes([]uint8{3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 6, 6}, []uint8{7, 6, 5, 4, 3, 5, 4, 3, 2, 3, 2, 3, 2, 1, 0}),
	newCodes([]uint8{4, 3, 3, 3, 4, 4, 3, 3, 4, 5, 5, 6, 5, 6}, []uint8{5, 7, 6, 5, 4, 3, 4, 3, 2, 3, 2, 1, 1, 0}),
	newCodes([]uint8{5, 3, 4, 4, 3, 3, 3, 4, 3, 4, 5, 5, 5}, []uint8{3, 7, 5, 4, 6, 5, 4, 3, 3, 2, 2, 1, 0}),
	newCodes([]uint8{4, 4, 4, 3, 3, 3, 3, 3, 4, 5, 4, 5}, []uint8{5, 4, 3, 7, 6, 5, 4, 3, 2, 1, 1, 0}),
	newCodes([]uint8{6, 5, 3, 3, 3, 3, 3, 3, 4, 3, 6}, []uint8{1, 1, 7, 6, 5, 4, 3, 2, 1, 1, 0}),
	newCodes([]uint8{6, 5, 3, 3, 3, 2, 3, 4, 3, 6}, []uint8{1, 1, 5, 4, 3, 3, 2, 1, 1, 0}),
	newCodes([]uint8{6, 4, 5, 3, 2, 2, 3, 3, 6}, []uint8{1, 1, 1, 3, 3, 2, 2, 1, 0}),
	newCodes([]uint8{6, 6, 4, 2, 2, 3, 2, 5}, []uint8{1, 0, 1, 3, 2, 1, 1, 1}),
	newCodes([]uint8{5, 5, 3, 2, 2, 2, 4}, []uint8{1, 0, 1, 3, 2, 1, 1}),
	newCodes([]uint8{4, 4, 3, 3, 1, 3}, []uint8{0, 1, 1, 2, 1, 3}),
	newCodes([]uint8{4, 4, 2, 1, 3}, []uint8{0, 1, 1, 1, 1}),
	newCodes([]uint8{3, 3, 1, 2}, []uint8{0, 1, 1, 1}),
	newCodes([]uint8{2, 2, 1}, []uint8{0, 1, 1}),
	newCodes([]uint8{1, 1}, []uint8{0, 1}),
}

// chromaZeros and tallZeros are the same of DC blocks of chroma, in 4:2:0 and
// 4:2:2: Table 9-9.
var chromaZeros = [3]codes{
	newCodes([]uint8{1, 2, 3, 3}, []uint8{1, 1, 1, 0}),
	newCodes([]uint8{1, 2, 2}, []uint8{1, 1, 0}),
	newCodes([]uint8{1, 1}, []uint8{1, 0}),
}

var tallZeros = [7]codes{
	newCodes([]uint8{1, 3, 3, 4, 4, 4, 5, 5}, []uint8{1, 2, 3, 2, 3, 1, 1, 0}),
	newCodes([]uint8{3, 2, 3, 3, 3, 3, 3}, []uint8{0, 1, 1, 4, 5, 6, 7}),
	newCodes([]uint8{3, 3, 2, 2, 3, 3}, []uint8{0, 1, 1, 2, 6, 7}),
	newCodes([]uint8{3, 2, 2, 2, 3}, []uint8{6, 0, 1, 2, 7}),
	newCodes([]uint8{2, 2, 2, 2}, []uint8{0, 1, 2, 3}),
	newCodes([]uint8{2, 2, 1}, []uint8{0, 1, 1}),
	newCodes([]uint8{1, 1}, []uint8{0, 1}),
}

// runsBefore are the codes of run_before by the zeros left less one, the last
// for seven and more: Table 9-10.
var runsBefore = [7]codes{
	newCodes([]uint8{1, 1}, []uint8{1, 0}),
	newCodes([]uint8{1, 2, 2}, []uint8{1, 1, 0}),
	newCodes([]uint8{2, 2, 2, 2}, []uint8{3, 2, 1, 0}),
	newCodes([]uint8{2, 2, 2, 3, 3}, []uint8{3, 2, 1, 1, 0}),
	newCodes([]uint8{2, 2, 3, 3, 3, 3}, []uint8{3, 2, 3, 2, 1, 0}),
	newCodes([]uint8{2, 3, 3, 3, 3, 3, 3}, []uint8{3, 0, 1, 3, 2, 5, 4}),
	newCodes([]uint8{3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11}, []uint8{7, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1}),
}
