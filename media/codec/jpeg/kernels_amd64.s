//go:build !purego

#include "textflag.h"

// Of four pixels, red and green as words, and green and blue.
DATA redGreen<>+0(SB)/8, $0x8005800480018000
DATA redGreen<>+8(SB)/8, $0x800d800c80098008
GLOBL redGreen<>(SB), RODATA|NOPTR, $16
DATA greenBlue<>+0(SB)/8, $0x8006800580028001
DATA greenBlue<>+8(SB)/8, $0x800e800d800a8009
GLOBL greenBlue<>(SB), RODATA|NOPTR, $16

// Weights of luma for them, by 65536: those of red and half of green, and of the other
// half and blue. The last is a half.
DATA luma<>+0(SB)/4, $0x4b234c8b
DATA luma<>+4(SB)/4, $0x1d2f4b23
DATA luma<>+8(SB)/4, $0x00008000
GLOBL luma<>(SB), RODATA|NOPTR, $12

// Groups of four bytes of both halves in turn.
DATA inTurn<>+0(SB)/8, $0x0000000400000000
DATA inTurn<>+8(SB)/8, $0x0000000500000001
DATA inTurn<>+16(SB)/8, $0x0000000600000002
DATA inTurn<>+24(SB)/8, $0x0000000700000003
GLOBL inTurn<>(SB), RODATA|NOPTR, $32

// Of each two pixels, both reds, both greens, both blues and both alphas.
DATA neighbours<>+0(SB)/8, $0x0703060205010400
DATA neighbours<>+8(SB)/8, $0x0f0b0e0a0d090c08
GLOBL neighbours<>(SB), RODATA|NOPTR, $16

// Weights of the blue and the red chroma for red, green, blue and alpha, by -65536. What
// they make is subtracted from the last, 128.5.
DATA chroma<>+0(SB)/8, $0x0000800054d02b30
DATA chroma<>+8(SB)/8, $0x000014d06b308000
DATA chroma<>+16(SB)/4, $0x00808000
GLOBL chroma<>(SB), RODATA|NOPTR, $20

DATA ones<>+0(SB)/4, $0x01010101
GLOBL ones<>(SB), RODATA|NOPTR, $4
DATA two<>+0(SB)/4, $0x00020002
GLOBL two<>(SB), RODATA|NOPTR, $4

// LUMA makes eight pixels eight double words of luma.
#define LUMA(at, v, t) \
	VMOVDQU  at(SI), v; \
	VPAND    v, Y15, Y15; \
	VPSHUFB  Y9, v, t; \
	VPSHUFB  Y8, v, v; \
	VPMADDWD Y11, t, t; \
	VPMADDWD Y10, v, v; \
	VPADDD   t, v, v; \
	VPADDD   Y12, v, v; \
	VPSRLD   $16, v, v

// func lumaAVX2(luma, pixels *byte, n int) (alpha uint8)
//
// 32 pixels at a time.
TEXT ·lumaAVX2(SB), NOSPLIT, $0-25
	MOVQ           luma+0(FP), DI
	MOVQ           pixels+8(FP), SI
	MOVQ           n+16(FP), CX
	VBROADCASTI128 redGreen<>(SB), Y8
	VBROADCASTI128 greenBlue<>(SB), Y9
	VPBROADCASTD   luma<>+0(SB), Y10
	VPBROADCASTD   luma<>+4(SB), Y11
	VPBROADCASTD   luma<>+8(SB), Y12
	VMOVDQU        inTurn<>(SB), Y13
	VPCMPEQD       Y15, Y15, Y15

lumas:
	LUMA(0, Y0, Y4)
	LUMA(32, Y1, Y5)
	LUMA(64, Y2, Y6)
	LUMA(96, Y3, Y7)
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKUSWB Y2, Y0, Y0
	VPERMD    Y0, Y13, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $128, SI
	ADDQ      $32, DI
	SUBQ      $32, CX
	JNE       lumas

	VEXTRACTI128 $1, Y15, X0
	VPAND        X15, X0, X0
	VPSHUFD      $0x4e, X0, X1
	VPAND        X1, X0, X0
	VPSHUFD      $0xb1, X0, X1
	VPAND        X1, X0, X0
	VMOVD        X0, AX
	SHRL         $24, AX
	MOVB         AX, alpha+24(FP)
	VZEROUPPER
	RET

// MEANS makes two rows of eight pixels four means: of each, words of red, green, blue and
// alpha.
#define MEANS(at, v, t) \
	VMOVDQU    at(SI), v; \
	VMOVDQU    at(DX), t; \
	VPSHUFB    Y8, v, v; \
	VPSHUFB    Y8, t, t; \
	VPMADDUBSW Y9, v, v; \
	VPMADDUBSW Y9, t, t; \
	VPADDW     t, v, v; \
	VPADDW     Y10, v, v; \
	VPSRLW     $2, v, v

// CHROMA makes eight means double words of chroma, those of the second four after those
// of the first in each half.
#define CHROMA(weights, first, second, v, t) \
	VPMADDWD weights, first, v; \
	VPMADDWD weights, second, t; \
	VPHADDD  t, v, v; \
	VPSUBD   v, Y13, v; \
	VPSRAD   $16, v, v

// func chromaAVX2(cb, cr, above, below *byte, n int)
//
// 2 rows of 32 pixels at a time.
TEXT ·chromaAVX2(SB), NOSPLIT, $0-40
	MOVQ           cb+0(FP), DI
	MOVQ           cr+8(FP), BX
	MOVQ           above+16(FP), SI
	MOVQ           below+24(FP), DX
	MOVQ           n+32(FP), CX
	VBROADCASTI128 neighbours<>(SB), Y8
	VPBROADCASTD   ones<>(SB), Y9
	VPBROADCASTD   two<>(SB), Y10
	VPBROADCASTQ   chroma<>+0(SB), Y11
	VPBROADCASTQ   chroma<>+8(SB), Y12
	VPBROADCASTD   chroma<>+16(SB), Y13

chromas:
	MEANS(0, Y0, Y4)
	MEANS(32, Y1, Y5)
	MEANS(64, Y2, Y6)
	MEANS(96, Y3, Y7)
	CHROMA(Y11, Y0, Y1, Y4, Y5)
	CHROMA(Y11, Y2, Y3, Y6, Y7)
	VPACKSSDW Y6, Y4, Y4
	CHROMA(Y12, Y0, Y1, Y0, Y1)
	CHROMA(Y12, Y2, Y3, Y2, Y3)
	VPACKSSDW Y2, Y0, Y0

	// Of both, pairs of samples are in the halves in turn.
	VPACKUSWB    Y0, Y4, Y0
	VEXTRACTI128 $1, Y0, X1
	VPUNPCKLWD   X1, X0, X2
	VPUNPCKHWD   X1, X0, X3
	VMOVDQU      X2, (DI)
	VMOVDQU      X3, (BX)
	ADDQ         $128, SI
	ADDQ         $128, DX
	ADDQ         $16, DI
	ADDQ         $16, BX
	SUBQ         $16, CX
	JNE          chromas
	VZEROUPPER
	RET
