//go:build !purego

#include "textflag.h"

// func restoreSubAVX2(row, filtered *byte, n, pixel int)
TEXT ·restoreSubAVX2(SB), NOSPLIT, $0-32
	MOVQ  row+0(FP), DI
	MOVQ  filtered+8(FP), SI
	MOVQ  n+16(FP), CX
	MOVQ  pixel+24(FP), R8
	VPXOR X0, X0, X0

sub:
	VMOVD  (SI), X1
	VPADDB X1, X0, X0
	VMOVD  X0, (DI)
	ADDQ   R8, SI
	ADDQ   R8, DI
	DECQ   CX
	JNE    sub
	RET

// func restoreUpAVX2(row, filtered, above *byte, n int)
TEXT ·restoreUpAVX2(SB), NOSPLIT, $0-32
	MOVQ row+0(FP), DI
	MOVQ filtered+8(FP), SI
	MOVQ above+16(FP), DX
	MOVQ n+24(FP), CX
	XORQ AX, AX

up:
	VMOVDQU (SI)(AX*1), Y0
	VPADDB  (DX)(AX*1), Y0, Y0
	VMOVDQU Y0, (DI)(AX*1)
	ADDQ    $32, AX
	CMPQ    AX, CX
	JLT     up
	VZEROUPPER
	RET

// func restoreAverageAVX2(row, filtered, above *byte, n, pixel int)
//
// X0 is the pixel to the left, in words.
TEXT ·restoreAverageAVX2(SB), NOSPLIT, $0-40
	MOVQ  row+0(FP), DI
	MOVQ  filtered+8(FP), SI
	MOVQ  above+16(FP), DX
	MOVQ  n+24(FP), CX
	MOVQ  pixel+32(FP), R8
	VPXOR X0, X0, X0
	VPXOR X7, X7, X7

average:
	VMOVD      (DX), X1
	VMOVD      (SI), X2
	VPUNPCKLBW X7, X1, X1
	VPUNPCKLBW X7, X2, X2
	VPADDW     X1, X0, X0
	VPSRLW     $1, X0, X0
	VPADDB     X2, X0, X0
	VPACKUSWB  X0, X0, X3
	VMOVD      X3, (DI)
	ADDQ       R8, DX
	ADDQ       R8, SI
	ADDQ       R8, DI
	DECQ       CX
	JNE        average
	RET

// func restorePaethAVX2(row, filtered, above *byte, n, pixel int)
//
// X0 is the pixel to the left, in words, and X1 the corner. As paeth does it: t is three
// times the corner less left and above.
TEXT ·restorePaethAVX2(SB), NOSPLIT, $0-40
	MOVQ  row+0(FP), DI
	MOVQ  filtered+8(FP), SI
	MOVQ  above+16(FP), DX
	MOVQ  n+24(FP), CX
	MOVQ  pixel+32(FP), R8
	VPXOR X0, X0, X0
	VPXOR X1, X1, X1
	VPXOR X7, X7, X7

paeth:
	VMOVD      (DX), X2
	VMOVD      (SI), X3
	VPUNPCKLBW X7, X2, X2
	VPUNPCKLBW X7, X3, X3
	VPADDW     X1, X1, X4
	VPADDW     X1, X4, X4
	VPSUBW     X2, X4, X4
	VPSUBW     X0, X4, X4      // t
	VPMINSW    X2, X0, X5      // low
	VPMAXSW    X2, X0, X6      // high
	VPCMPGTW   X5, X4, X8      // t > low
	VPCMPGTW   X4, X6, X9      // high > t
	VPBLENDVB  X8, X1, X6, X10 // t > low ? corner : high
	VPBLENDVB  X9, X10, X5, X0 // high > t ? that : low
	VPADDB     X3, X0, X0
	VMOVDQA    X2, X1
	VPACKUSWB  X0, X0, X4
	VMOVD      X4, (DI)
	ADDQ       R8, DX
	ADDQ       R8, SI
	ADDQ       R8, DI
	DECQ       CX
	JNE        paeth
	RET
