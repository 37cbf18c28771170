//go:build !purego

#include "textflag.h"

// PASS transforms X0 to X3, which are four columns or rows; Y14 and Y15 are the factors.
#define PASS \
	VINSERTI128  $1, X3, Y1, Y4; \
	VPMULLD      Y14, Y4, Y5; \
	VPSRAD       $16, Y5, Y5; \
	VPADDD       Y4, Y5, Y5; \
	VPMULLD      Y15, Y4, Y6; \
	VPSRAD       $16, Y6, Y6; \
	VEXTRACTI128 $1, Y5, X7; \
	VEXTRACTI128 $1, Y6, X8; \
	VPSUBD       X7, X6, X9; \
	VPADDD       X8, X5, X10; \
	VPADDD       X2, X0, X11; \
	VPSUBD       X2, X0, X12; \
	VPADDD       X10, X11, X0; \
	VPADDD       X9, X12, X1; \
	VPSUBD       X9, X12, X2; \
	VPSUBD       X10, X11, X3

// TURN makes rows of columns, and columns of rows.
#define TURN \
	VPUNPCKLDQ  X1, X0, X4; \
	VPUNPCKHDQ  X1, X0, X5; \
	VPUNPCKLDQ  X3, X2, X6; \
	VPUNPCKHDQ  X3, X2, X7; \
	VPUNPCKLQDQ X6, X4, X0; \
	VPUNPCKHQDQ X6, X4, X1; \
	VPUNPCKLQDQ X7, X5, X2; \
	VPUNPCKHQDQ X7, X5, X3

#define CONSTANT(value, x, y) \
	MOVL         value, AX; \
	VMOVD        AX, x; \
	VPBROADCASTD x, y

// ADD adds a row of what is predicted.
#define ADD(at, x) \
	VPSRAD    $3, x, x; \
	VPMOVZXBD at, X4; \
	VPADDD    X4, x, x

// func addCoefficientsAVX2(c *coefficients, pred *byte, stride int)
TEXT ·addCoefficientsAVX2(SB), NOSPLIT, $0-24
	MOVQ      c+0(FP), SI
	MOVQ      pred+8(FP), DI
	MOVQ      stride+16(FP), DX
	LEAQ      (DX)(DX*2), CX
	VPMOVSXWD (SI), X0
	VPMOVSXWD 8(SI), X1
	VPMOVSXWD 16(SI), X2
	VPMOVSXWD 24(SI), X3
	CONSTANT($20091, X14, Y14)
	CONSTANT($35468, X15, Y15)
	PASS
	TURN
	CONSTANT($4, X13, X13)
	VPADDD    X13, X0, X0
	PASS
	TURN
	ADD((DI), X0)
	ADD((DI)(DX*1), X1)
	ADD((DI)(DX*2), X2)
	ADD((DI)(CX*1), X3)
	VPACKSSDW X1, X0, X0
	VPACKSSDW X3, X2, X2
	VPACKUSWB X2, X0, X0
	VMOVD     X0, (DI)
	VPEXTRD   $1, X0, (DI)(DX*1)
	VPEXTRD   $2, X0, (DI)(DX*2)
	VPEXTRD   $3, X0, (DI)(CX*1)
	VZEROUPPER
	RET
