//go:build !purego

#include "textflag.h"

// SUM adds the magnitudes of the signed bytes of a register to four sums.
#define SUM(bytes, sums, spare) \
	VPABSB  bytes, spare        \
	VPSADBW Y15, spare, spare   \
	VPADDQ  spare, sums, sums

// TOTAL stores the sum of four sums.
#define TOTAL(sums, half, to) \
	VEXTRACTI128 $1, sums, X14 \
	VPADDQ       X14, half, X14 \
	VPSRLDQ      $8, X14, X13 \
	VPADDQ       X13, X14, X14 \
	VMOVQ        X14, to

// func filterRowAVX2(row, above, left, corner, sub, up, average, paeth *byte, n int, sums *[filterCount]int)
//
// Y0 to Y3 are the bytes of the row, above, left and corner; Y5 to Y9 the sums.
TEXT ·filterRowAVX2(SB), NOSPLIT, $0-80
	MOVQ  row+0(FP), SI
	MOVQ  above+8(FP), DX
	MOVQ  left+16(FP), R8
	MOVQ  corner+24(FP), R9
	MOVQ  sub+32(FP), R10
	MOVQ  up+40(FP), R11
	MOVQ  average+48(FP), R12
	MOVQ  paeth+56(FP), R13
	MOVQ  n+64(FP), CX
	XORQ  AX, AX
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9
	VPXOR Y15, Y15, Y15

bytes:
	VMOVDQU (SI)(AX*1), Y0
	VMOVDQU (DX)(AX*1), Y1
	VMOVDQU (R8)(AX*1), Y2
	VMOVDQU (R9)(AX*1), Y3
	SUM(Y0, Y5, Y4)

	VPSUBB  Y2, Y0, Y4
	VMOVDQU Y4, (R10)(AX*1)
	SUM(Y4, Y6, Y4)

	VPSUBB  Y1, Y0, Y4
	VMOVDQU Y4, (R11)(AX*1)
	SUM(Y4, Y7, Y4)

	// The mean rounds up: less one where the sum is odd.
	VPAVGB   Y1, Y2, Y4
	VPXOR    Y1, Y2, Y10
	VPCMPEQB Y11, Y11, Y11
	VPABSB   Y11, Y11      // ones
	VPAND    Y11, Y10, Y10
	VPSUBB   Y10, Y4, Y4
	VPSUBB   Y4, Y0, Y4
	VMOVDQU  Y4, (R12)(AX*1)
	SUM(Y4, Y8, Y4)

	// How far left + above - corner is from left is how far above is from corner, and
	// the other way round. From the corner, it is as far as both together, or as
	// one without the other where they lie on different sides of it.
	VPSUBUSB  Y3, Y1, Y10
	VPSUBUSB  Y1, Y3, Y11
	VPSUBUSB  Y3, Y2, Y12
	VPSUBUSB  Y2, Y3, Y13
	VPCMPEQB  Y15, Y11, Y4   // above is not under the corner
	VPCMPEQB  Y15, Y13, Y14  // nor is left
	VPXOR     Y4, Y14, Y14   // on different sides
	VPOR      Y11, Y10, Y10  // from left
	VPOR      Y13, Y12, Y12  // from above
	VPADDUSB  Y12, Y10, Y11
	VPSUBUSB  Y12, Y10, Y4
	VPSUBUSB  Y10, Y12, Y13
	VPOR      Y4, Y13, Y13
	VPBLENDVB Y14, Y13, Y11, Y11 // from the corner
	VPMINUB   Y11, Y12, Y13
	VPCMPEQB  Y13, Y12, Y14      // above is not farther than the corner
	VPMINUB   Y13, Y10, Y13
	VPCMPEQB  Y13, Y10, Y13      // left is not farther than either
	VPBLENDVB Y14, Y1, Y3, Y4
	VPBLENDVB Y13, Y2, Y4, Y4
	VPSUBB    Y4, Y0, Y4
	VMOVDQU   Y4, (R13)(AX*1)
	SUM(Y4, Y9, Y4)

	ADDQ $32, AX
	CMPQ AX, CX
	JLT  bytes

	MOVQ sums+72(FP), DI
	TOTAL(Y5, X5, 0(DI))
	TOTAL(Y6, X6, 8(DI))
	TOTAL(Y7, X7, 16(DI))
	TOTAL(Y8, X8, 24(DI))
	TOTAL(Y9, X9, 32(DI))
	VZEROUPPER
	RET
