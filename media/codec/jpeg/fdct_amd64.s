//go:build !purego

#include "textflag.h"

// The constants of forward8 (fdct.go).
DATA cos4<>(SB)/4, $0.707106781
GLOBL cos4<>(SB), RODATA|NOPTR, $4
DATA cos6<>(SB)/4, $0.382683432
GLOBL cos6<>(SB), RODATA|NOPTR, $4
DATA cos2min6<>(SB)/4, $0.541196100
GLOBL cos2min6<>(SB), RODATA|NOPTR, $4
DATA cos2and6<>(SB)/4, $1.306562964
GLOBL cos2and6<>(SB), RODATA|NOPTR, $4

// Eight times 128, and what rounds (quantize in fdct.go).
DATA middle<>(SB)/4, $1024.0
GLOBL middle<>(SB), RODATA|NOPTR, $4
DATA round<>(SB)/4, $12582912.0
GLOBL round<>(SB), RODATA|NOPTR, $4

// FLOATS makes eight bytes floating point.
#define FLOATS(x, y) \
	VPMOVZXBD x, y; \
	VCVTDQ2PS y, y

// FORWARD8 is forward8 of eight columns at once, from Y0 to Y7 to the same, step by step.
#define FORWARD8 \
	VADDPS       Y7, Y0, Y8;     \ // sums
	VADDPS       Y6, Y1, Y9;     \
	VADDPS       Y5, Y2, Y10;    \
	VADDPS       Y4, Y3, Y11;    \
	VSUBPS       Y7, Y0, Y0;     \ // differences
	VSUBPS       Y6, Y1, Y1;     \
	VSUBPS       Y5, Y2, Y2;     \
	VSUBPS       Y4, Y3, Y3;     \
	VADDPS       Y11, Y8, Y12;   \ // outer
	VSUBPS       Y11, Y8, Y8;    \
	VADDPS       Y10, Y9, Y13;   \ // inner
	VSUBPS       Y10, Y9, Y9;    \
	VADDPS       Y13, Y12, Y14;  \ // f0
	VSUBPS       Y13, Y12, Y4;   \ // f4
	VBROADCASTSS cos4<>(SB), Y15; \
	VADDPS       Y8, Y9, Y9;     \
	VMULPS       Y15, Y9, Y9;    \ // turn
	VADDPS       Y9, Y8, Y10;    \ // f2
	VSUBPS       Y9, Y8, Y6;     \ // f6
	VADDPS       Y2, Y3, Y3;     \ // a
	VADDPS       Y1, Y2, Y2;     \ // b
	VADDPS       Y0, Y1, Y1;     \ // c
	VMULPS       Y15, Y2, Y2;    \
	VBROADCASTSS cos6<>(SB), Y15; \
	VSUBPS       Y1, Y3, Y5;     \
	VMULPS       Y15, Y5, Y5;    \ // common
	VBROADCASTSS cos2min6<>(SB), Y15; \
	VMULPS       Y15, Y3, Y3;    \
	VADDPS       Y5, Y3, Y3;     \ // low
	VBROADCASTSS cos2and6<>(SB), Y15; \
	VMULPS       Y15, Y1, Y1;    \
	VADDPS       Y5, Y1, Y1;     \ // high
	VADDPS       Y2, Y0, Y7;     \ // near
	VSUBPS       Y2, Y0, Y11;    \ // far
	VMOVAPS      Y14, Y0;        \
	VMOVAPS      Y10, Y2;        \
	VSUBPS       Y1, Y7, Y12;    \
	VADDPS       Y1, Y7, Y1;     \
	VADDPS       Y3, Y11, Y5;    \
	VSUBPS       Y3, Y11, Y3;    \
	VMOVAPS      Y12, Y7

// QUANTIZE makes two rows 16 words, and stores them.
#define QUANTIZE(row, a, b) \
	VMULPS    (row*32)(DX), a, a; \
	VMULPS    (row*32+32)(DX), b, b; \
	VADDPS    Y15, a, a; \
	VADDPS    Y15, b, b; \
	VPSUBD    Y15, a, a; \
	VPSUBD    Y15, b, b; \
	VPACKSSDW b, a, a; \
	VPERMQ    $0xd8, a, a; \
	VMOVDQU   a, (row*16)(DI)

// ZIGZAG sets the bits of the zeros of half of the values, in zigzag order. Quarters of
// the 64 bytes, in both halves of a register, are in Y2 to Y5.
#define ZIGZAG(half, out) \
	VPSHUFB   (half*128)(BX), Y2, Y6; \
	VPSHUFB   (half*128+32)(BX), Y3, Y7; \
	VPSHUFB   (half*128+64)(BX), Y4, Y8; \
	VPSHUFB   (half*128+96)(BX), Y5, Y9; \
	VPOR      Y7, Y6, Y6; \
	VPOR      Y9, Y8, Y8; \
	VPOR      Y8, Y6, Y6; \
	VPMOVMSKB Y6, out

// func transformAVX2(samples *byte, stride int, scale *[64]float32, values *[64]int16) (nonzero uint64)
TEXT ·transformAVX2(SB), NOSPLIT, $0-40
	MOVQ samples+0(FP), SI
	MOVQ stride+8(FP), CX
	MOVQ scale+16(FP), DX
	MOVQ values+24(FP), DI
	LEAQ ·zigzagShuffles(SB), BX
	LEAQ (CX)(CX*2), R8
	LEAQ (SI)(CX*4), R9

	// Bytes by columns, two of them in each of X0 to X3.
	VMOVQ      (SI), X0
	VMOVQ      (SI)(CX*1), X1
	VMOVQ      (SI)(CX*2), X2
	VMOVQ      (SI)(R8*1), X3
	VMOVQ      (R9), X4
	VMOVQ      (R9)(CX*1), X5
	VMOVQ      (R9)(CX*2), X6
	VMOVQ      (R9)(R8*1), X7
	VPUNPCKLBW X1, X0, X0
	VPUNPCKLBW X3, X2, X2
	VPUNPCKLBW X5, X4, X4
	VPUNPCKLBW X7, X6, X6
	VPUNPCKLWD X2, X0, X8
	VPUNPCKHWD X2, X0, X9
	VPUNPCKLWD X6, X4, X10
	VPUNPCKHWD X6, X4, X11
	VPUNPCKLDQ X10, X8, X0
	VPUNPCKHDQ X10, X8, X2
	VPUNPCKLDQ X11, X9, X4
	VPUNPCKHDQ X11, X9, X6
	VPSRLDQ    $8, X0, X1
	VPSRLDQ    $8, X2, X3
	VPSRLDQ    $8, X4, X5
	VPSRLDQ    $8, X6, X7
	FLOATS(X0, Y0)
	FLOATS(X1, Y1)
	FLOATS(X2, Y2)
	FLOATS(X3, Y3)
	FLOATS(X4, Y4)
	FLOATS(X5, Y5)
	FLOATS(X6, Y6)
	FLOATS(X7, Y7)

	FORWARD8
	VBROADCASTSS middle<>(SB), Y15
	VSUBPS       Y15, Y0, Y0

	// Rows.
	VUNPCKLPS  Y1, Y0, Y8
	VUNPCKHPS  Y1, Y0, Y9
	VUNPCKLPS  Y3, Y2, Y10
	VUNPCKHPS  Y3, Y2, Y11
	VUNPCKLPS  Y5, Y4, Y12
	VUNPCKHPS  Y5, Y4, Y13
	VUNPCKLPS  Y7, Y6, Y14
	VUNPCKHPS  Y7, Y6, Y15
	VUNPCKLPD  Y10, Y8, Y0
	VUNPCKHPD  Y10, Y8, Y1
	VUNPCKLPD  Y11, Y9, Y2
	VUNPCKHPD  Y11, Y9, Y3
	VUNPCKLPD  Y14, Y12, Y8
	VUNPCKHPD  Y14, Y12, Y9
	VUNPCKLPD  Y15, Y13, Y10
	VUNPCKHPD  Y15, Y13, Y11
	VPERM2F128 $0x31, Y8, Y0, Y4
	VPERM2F128 $0x31, Y9, Y1, Y5
	VPERM2F128 $0x31, Y10, Y2, Y6
	VPERM2F128 $0x31, Y11, Y3, Y7
	VPERM2F128 $0x20, Y8, Y0, Y0
	VPERM2F128 $0x20, Y9, Y1, Y1
	VPERM2F128 $0x20, Y10, Y2, Y2
	VPERM2F128 $0x20, Y11, Y3, Y3

	FORWARD8
	VBROADCASTSS round<>(SB), Y15
	QUANTIZE(0, Y0, Y1)
	QUANTIZE(2, Y2, Y3)
	QUANTIZE(4, Y4, Y5)
	QUANTIZE(6, Y6, Y7)

	// A byte for each value, set if that is zero.
	VPACKSSWB  Y2, Y0, Y0
	VPACKSSWB  Y6, Y4, Y4
	VPXOR      Y15, Y15, Y15
	VPCMPEQB   Y15, Y0, Y0
	VPCMPEQB   Y15, Y4, Y4
	VPERMQ     $0xd8, Y0, Y0
	VPERMQ     $0xd8, Y4, Y1
	VPERM2I128 $0x00, Y0, Y0, Y2
	VPERM2I128 $0x11, Y0, Y0, Y3
	VPERM2I128 $0x00, Y1, Y1, Y4
	VPERM2I128 $0x11, Y1, Y1, Y5
	ZIGZAG(0, AX)
	ZIGZAG(1, CX)
	SHLQ       $32, CX
	ORQ        CX, AX
	NOTQ       AX
	MOVQ       AX, nonzero+32(FP)
	VZEROUPPER
	RET
