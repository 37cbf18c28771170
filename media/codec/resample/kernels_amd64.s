//go:build !purego

#include "textflag.h"

// Halves of what sums are shifted by: midShift is 8 and outShift 20 (kernels.go).
DATA half<>+0(SB)/4, $0x80
DATA half<>+4(SB)/4, $0x80000
GLOBL half<>(SB), RODATA|NOPTR, $8

// Two pixels of three or four channels to pairs of samples: both reds, both greens,
// both blues, and both alphas or zeros.
DATA pairs3<>+0(SB)/8, $0x0908030207060100
DATA pairs3<>+8(SB)/8, $0x808080800b0a0504
GLOBL pairs3<>(SB), RODATA|NOPTR, $16
DATA pairs4<>+0(SB)/8, $0x0b0a030209080100
DATA pairs4<>+8(SB)/8, $0x0f0e07060d0c0504
GLOBL pairs4<>(SB), RODATA|NOPTR, $16

// Four weights to the first two four times, and to the others four times.
DATA twice<>+0(SB)/8, $0x0302010003020100
DATA twice<>+8(SB)/8, $0x0302010003020100
DATA twice<>+16(SB)/8, $0x0706050407060504
DATA twice<>+24(SB)/8, $0x0706050407060504
GLOBL twice<>(SB), RODATA|NOPTR, $32

// func verticalAVX2(dst *int16, rows *byte, offsets *int, weights *int16, columns, taps int)
//
// 32 columns at a time; two rows at a time, their bytes side by side, so that one
// multiplication and addition of pairs is that of both.
TEXT ·verticalAVX2(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), DI
	MOVQ         rows+8(FP), SI
	MOVQ         offsets+16(FP), DX
	MOVQ         weights+24(FP), CX
	MOVQ         columns+32(FP), R8
	MOVQ         taps+40(FP), R9
	VPXOR        Y15, Y15, Y15
	VPBROADCASTD half<>+0(SB), Y14

columns:
	VMOVDQA Y14, Y0
	VMOVDQA Y14, Y1
	VMOVDQA Y14, Y2
	VMOVDQA Y14, Y3
	XORQ    R10, R10

rows:
	MOVQ         (DX)(R10*8), R11
	MOVQ         8(DX)(R10*8), R12
	VMOVDQU      (SI)(R11*1), Y4
	VMOVDQU      (SI)(R12*1), Y5
	VPBROADCASTD (CX)(R10*2), Y6
	VPUNPCKLBW   Y5, Y4, Y7
	VPUNPCKHBW   Y5, Y4, Y8
	VPUNPCKLBW   Y15, Y7, Y9   // columns 0 to 3 and 16 to 19
	VPUNPCKHBW   Y15, Y7, Y10  // 4 to 7 and 20 to 23
	VPUNPCKLBW   Y15, Y8, Y11  // 8 to 11 and 24 to 27
	VPUNPCKHBW   Y15, Y8, Y12  // 12 to 15 and 28 to 31
	VPMADDWD     Y6, Y9, Y9
	VPMADDWD     Y6, Y10, Y10
	VPMADDWD     Y6, Y11, Y11
	VPMADDWD     Y6, Y12, Y12
	VPADDD       Y9, Y0, Y0
	VPADDD       Y10, Y1, Y1
	VPADDD       Y11, Y2, Y2
	VPADDD       Y12, Y3, Y3
	ADDQ         $2, R10
	CMPQ         R10, R9
	JLT          rows

	VPSRAD     $8, Y0, Y0
	VPSRAD     $8, Y1, Y1
	VPSRAD     $8, Y2, Y2
	VPSRAD     $8, Y3, Y3
	VPACKSSDW  Y1, Y0, Y0       // 0 to 7 and 16 to 23
	VPACKSSDW  Y3, Y2, Y2       // 8 to 15 and 24 to 31
	VPERM2I128 $0x20, Y2, Y0, Y1
	VPERM2I128 $0x31, Y2, Y0, Y3
	VMOVDQU    Y1, (DI)
	VMOVDQU    Y3, 32(DI)
	ADDQ       $64, DI
	ADDQ       $32, SI
	SUBQ       $32, R8
	JNE        columns
	VZEROUPPER
	RET

// func horizontalAVX2(dst *byte, line *int16, first *int, weights *int16, n, taps int)
//
// Eight taps at a time, and four at last where they are no multiple of eight.
TEXT ·horizontalAVX2(SB), NOSPLIT, $0-48
	MOVQ  dst+0(FP), DI
	MOVQ  line+8(FP), SI
	MOVQ  first+16(FP), DX
	MOVQ  weights+24(FP), CX
	MOVQ  n+32(FP), R8
	MOVQ  taps+40(FP), R9
	VMOVD half<>+4(SB), X14

samples:
	MOVQ    (DX), R10
	LEAQ    (SI)(R10*2), R10
	VMOVDQA X14, X0
	MOVQ    R9, R11
	CMPQ    R11, $8
	JLT     four

eight:
	VMOVDQU  (R10), X1
	VPMADDWD (CX), X1, X1
	VPADDD   X1, X0, X0
	ADDQ     $16, R10
	ADDQ     $16, CX
	SUBQ     $8, R11
	CMPQ     R11, $8
	JGE      eight
	TESTQ    R11, R11
	JE       sum

four:
	VMOVQ    (R10), X1
	VMOVQ    (CX), X2
	VPMADDWD X2, X1, X1
	VPADDD   X1, X0, X0
	ADDQ     $8, CX

sum:
	VPSHUFD   $0x4e, X0, X1
	VPADDD    X1, X0, X0
	VPSHUFD   $0xb1, X0, X1
	VPADDD    X1, X0, X0
	VPSRAD    $20, X0, X0
	VPACKSSDW X0, X0, X0
	VPACKUSWB X0, X0, X0
	VMOVD     X0, AX
	MOVB      AX, (DI)
	INCQ      DI
	ADDQ      $8, DX
	DECQ      R8
	JNE       samples
	RET

// func horizontalPixelsAVX2(dst *byte, line *int16, first *int, weights *int16, n, taps, channels int, alpha uint32)
//
// Four pixels at a time, two in each half of a register, as pairs of samples of each
// channel.
TEXT ·horizontalPixelsAVX2(SB), NOSPLIT, $0-60
	MOVQ           dst+0(FP), DI
	MOVQ           line+8(FP), SI
	MOVQ           first+16(FP), DX
	MOVQ           weights+24(FP), CX
	MOVQ           n+32(FP), R8
	MOVQ           taps+40(FP), R9
	MOVQ           channels+48(FP), R13
	MOVL           alpha+56(FP), AX
	VMOVD          AX, X12
	VMOVDQU        twice<>(SB), Y15
	VBROADCASTI128 pairs3<>(SB), Y13
	CMPQ           R13, $4
	JNE            three
	VBROADCASTI128 pairs4<>(SB), Y13

three:
	VPBROADCASTD half<>+4(SB), X14 // the other half of Y14 becomes zero
	SHLQ         $1, R13           // bytes of a pixel
	LEAQ         (R13*4), R14

pixels:
	MOVQ    (DX), R10
	IMULQ   R13, R10
	ADDQ    SI, R10
	VMOVDQA Y14, Y0
	MOVQ    R9, R11

taps:
	VMOVDQU      (R10), X1
	VINSERTI128  $1, (R10)(R13*2), Y1, Y1
	VPSHUFB      Y13, Y1, Y1
	VPBROADCASTQ (CX), Y2
	VPSHUFB      Y15, Y2, Y2
	VPMADDWD     Y2, Y1, Y1
	VPADDD       Y1, Y0, Y0
	ADDQ         R14, R10
	ADDQ         $8, CX
	SUBQ         $4, R11
	JNE          taps

	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSRAD       $20, X0, X0
	VPACKSSDW    X0, X0, X0
	VPACKUSWB    X0, X0, X0
	VPOR         X12, X0, X0
	VPUNPCKLBW   X0, X0, X1     // alpha as a word, then four times: no colour is above it
	VPSHUFLW     $0xff, X1, X1
	VPMINUB      X1, X0, X0
	VMOVD        X0, (DI)
	ADDQ         $4, DI
	ADDQ         $8, DX
	DECQ         R8
	JNE          pixels
	VZEROUPPER
	RET
