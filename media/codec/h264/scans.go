package h264

// Scans give the place of each coefficient in raster order: Tables 8-13 and
// 8-14. Those of fields go down more than across.
var (
	zigzag4 = [16]uint8{
		0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15,
	}
	field4 = [16]uint8{
		0, 4, 1, 8, 12, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,
	}
	zigzag8 = [64]uint8{
		0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
		12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
		35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
		58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
	}
	field8 = [64]uint8{
		0, 8, 16, 1, 9, 24, 32, 17, 2, 25, 40, 48, 56, 33, 10, 3,
		18, 41, 49, 57, 26, 11, 4, 19, 34, 42, 50, 58, 27, 12, 5, 20,
		35, 43, 51, 59, 28, 13, 6, 21, 36, 44, 52, 60, 29, 14, 22, 37,
		45, 53, 61, 30, 7, 15, 38, 46, 54, 62, 23, 31, 39, 47, 55, 63,
	}
)

// quarters returns the scans of the four blocks that CAVLC makes of an 8x8
// block, each taking every fourth coefficient (7.3.5.3.2).
func quarters(scan *[64]uint8) (q [4][16]uint8) {
	for i, at := range scan {
		q[i%4][i/4] = at
	}
	return q
}

// defaultLists are the scaling lists of Tables 7-3 and 7-4, flatLists those
// where none are told.
var (
	defaultLists = func() *scalingLists {
		l := new(scalingLists)
		for i := range 3 {
			copy(l[i][:], defaultIntra4)
			copy(l[3+i][:], defaultInter4)
		}
		for i := 6; i < len(l); i += 2 {
			copy(l[i][:], defaultIntra8)
			copy(l[i+1][:], defaultInter8)
		}
		return l
	}()
	flatLists = func() *scalingLists {
		l := new(scalingLists)
		for i := range l {
			for j := range l[i] {
				l[i][j] = 16
			}
		}
		return l
	}()
	defaultIntra4 = []uint8{
		6, 13, 13, 20, 20, 20, 28, 28, 28, 28, 32, 32, 32, 37, 37, 42,
	}
	defaultInter4 = []uint8{
		10, 14, 14, 20, 20, 20, 24, 24, 24, 24, 27, 27, 27, 30, 30, 34,
	}
	defaultIntra8 = []uint8{
		6, 10, 10, 13, 11, 13, 16, 16, 16, 16, 18, 18, 18, 18, 18, 23,
		23, 23, 23, 23, 23, 25, 25, 25, 25, 25, 25, 25, 27, 27, 27, 27,
		27, 27, 27, 27, 29, 29, 29, 29, 29, 29, 29, 31, 31, 31, 31, 31,
		31, 33, 33, 33, 33, 33, 36, 36, 36, 36, 38, 38, 38, 40, 40, 42,
	}
	defaultInter8 = []uint8{
		9, 13, 13, 15, 13, 15, 17, 17, 17, 17, 19, 19, 19, 19, 19, 21,
		21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 24, 24, 24, 24,
		24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 27, 27, 27, 27, 27,
		27, 28, 28, 28, 28, 28, 30, 30, 30, 30, 32, 32, 32, 33, 33, 35,
	}
)
