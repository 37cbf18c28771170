//go:build !purego

#include "textflag.h"

// The samples across an edge, p3 to p0 and q0 to q3, are X0 to X7, of sixteen along it.
// X13, X14 and X15 are the limits: from which neighbours stay, of their differences, and
// of those at the edge.

#define BROADCAST(value, to) \
	MOVL         value, AX; \
	VMOVD        AX, to; \
	VPBROADCASTB to, to

// DISTANCE makes to the absolute differences of a and b. X9 is used.
#define DISTANCE(a, b, to) \
	VPSUBUSB b, a, to; \
	VPSUBUSB a, b, X9; \
	VPOR     X9, to, to

#define LIMITS \
	BROADCAST(limit+24(FP), X15); \
	BROADCAST(next+28(FP), X14); \
	BROADCAST(high+32(FP), X13)

// MASKS makes X8 ones where to smooth, and X10 where neighbours differ little enough to
// change too. The samples beside the edge become signed.
#define MASKS \
	DISTANCE(X0, X1, X8); \
	DISTANCE(X1, X2, X10); \
	VPMAXUB   X10, X8, X8; \
	DISTANCE(X6, X5, X10); \
	VPMAXUB   X10, X8, X8; \
	DISTANCE(X7, X6, X10); \
	VPMAXUB   X10, X8, X8; \
	DISTANCE(X2, X3, X10); \
	DISTANCE(X5, X4, X11); \
	VPMAXUB   X11, X10, X10; \
	VPMAXUB   X10, X8, X8; \
	VPSUBUSB  X14, X8, X8; \
	VPSUBUSB  X13, X10, X10; \
	DISTANCE(X3, X4, X11); \
	VPADDUSB  X11, X11, X11; \
	DISTANCE(X2, X5, X12); \
	VPSRLW    $1, X12, X12; \
	BROADCAST($0x7f, X9); \
	VPAND     X9, X12, X12; \
	VPADDUSB  X12, X11, X11; \
	VPSUBUSB  X15, X11, X11; \
	VPOR      X11, X8, X8; \
	VPXOR     X9, X9, X9; \
	VPCMPEQB  X9, X8, X8; \
	VPCMPEQB  X9, X10, X10; \
	BROADCAST($0x80, X12); \
	FLIP

#define FLIP \
	VPXOR X12, X1, X1; \
	VPXOR X12, X2, X2; \
	VPXOR X12, X3, X3; \
	VPXOR X12, X4, X4; \
	VPXOR X12, X5, X5; \
	VPXOR X12, X6, X6

// PACK makes bytes of the sixteen words of y, whose lower half is x. X15 is used.
#define PACK(x, y) \
	VEXTRACTI128 $1, y, X15; \
	VPACKSSWB    X15, x, x

// SHIFT shifts signed bytes to the right.
#define SHIFT(n, x, y) \
	VPMOVSXBW x, y; \
	VPSRAW    $n, y, y; \
	PACK(x, y)

// THRICE adds three times q0-p0 to X9, and makes it zero where nothing is to change.
#define THRICE \
	VPSUBSB X3, X4, X11; \
	VPADDSB X11, X9, X9; \
	VPADDSB X11, X9, X9; \
	VPADDSB X11, X9, X9; \
	VPAND   X8, X9, X9

// TWO changes p0 and q0 by X11, and leaves what q0 lost in X11. X13 and X14 are used.
#define TWO \
	BROADCAST($3, X13); \
	BROADCAST($4, X14); \
	VPADDSB X13, X11, X13; \
	VPADDSB X14, X11, X11; \
	SHIFT(3, X13, Y13); \
	SHIFT(3, X11, Y11); \
	VPADDSB X13, X3, X3; \
	VPSUBSB X11, X4, X4

#define INNER \
	VPSUBSB X5, X2, X9; \
	VPANDN  X9, X10, X9; \
	THRICE; \
	VMOVDQU X9, X11; \
	TWO; \
	BROADCAST($1, X13); \
	VPADDSB X13, X11, X11; \
	SHIFT(1, X11, Y11); \
	VPAND   X10, X11, X11; \
	VPADDSB X11, X2, X2; \
	VPSUBSB X11, X5, X5; \
	FLIP

// STEP changes p and q by the next multiple of X9.
#define STEP(p, q) \
	VPADDW  Y9, Y13, Y13; \
	VPSRAW  $7, Y13, Y14; \
	PACK(X14, Y14); \
	VPADDSB X14, p, p; \
	VPSUBSB X14, q, q

#define OUTER \
	VPSUBSB      X5, X2, X9; \
	THRICE; \
	VPANDN       X9, X10, X11; \
	TWO; \
	VPAND        X10, X9, X9; \
	VPMOVSXBW    X9, Y9; \
	MOVL         $9, AX; \
	VMOVD        AX, X14; \
	VPBROADCASTW X14, Y14; \
	VPMULLW      Y14, Y9, Y9; \
	MOVL         $63, AX; \
	VMOVD        AX, X13; \
	VPBROADCASTW X13, Y13; \
	STEP(X1, X6); \
	STEP(X2, X5); \
	STEP(X3, X4); \
	FLIP

// ROWS makes R8 to R11 3, 5, 6 and 7 times the stride, DX.
#define ROWS \
	LEAQ (DX)(DX*2), R8; \
	LEAQ (DX)(DX*4), R9; \
	LEAQ (R8)(R8*1), R10; \
	LEAQ (R8)(DX*4), R11

// LOAD loads eight samples of each half, STORE stores them.
#define LOAD(offset, scale, x) \
	VMOVQ   (SI)(offset*scale), x; \
	VPINSRQ $1, (DI)(offset*scale), x, x

#define STORE(offset, scale, x) \
	VMOVQ   x, (SI)(offset*scale); \
	VPEXTRQ $1, x, (DI)(offset*scale)

// func smoothRowsAVX2(a, b *byte, stride int, limit, next, high int32, outer bool)
TEXT ·smoothRowsAVX2(SB), NOSPLIT, $0-37
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ stride+16(FP), DX
	LIMITS
	ROWS
	MOVQ DX, AX
	SHLQ $2, AX
	SUBQ AX, SI
	SUBQ AX, DI
	XORL CX, CX
	LOAD(CX, 1, X0)
	LOAD(DX, 1, X1)
	LOAD(DX, 2, X2)
	LOAD(R8, 1, X3)
	LOAD(DX, 4, X4)
	LOAD(R9, 1, X5)
	LOAD(R10, 1, X6)
	LOAD(R11, 1, X7)
	MASKS
	CMPB outer+36(FP), $0
	JNE  outerRows
	INNER
	JMP  storeRows

outerRows:
	OUTER
	STORE(DX, 1, X1)
	STORE(R10, 1, X6)

storeRows:
	STORE(DX, 2, X2)
	STORE(R8, 1, X3)
	STORE(DX, 4, X4)
	STORE(R9, 1, X5)
	VZEROUPPER
	RET

// ZIP makes of a and b the lower and the upper halves of what they are, element by
// element in turns. X15 is used.
#define ZIP(low, high, a, b) \
	low     b, a, X15; \
	high    b, a, b; \
	VMOVDQU X15, a

// TURN makes columns of rows: of eight samples in each half of eight registers, sixteen
// in each. Where it begins, rows 2 to 5 are in X4, X5, X2 and X3.
#define TURN \
	ZIP(VPUNPCKLBW, VPUNPCKHBW, X0, X1); \
	ZIP(VPUNPCKLBW, VPUNPCKHBW, X4, X5); \
	ZIP(VPUNPCKLBW, VPUNPCKHBW, X2, X3); \
	ZIP(VPUNPCKLBW, VPUNPCKHBW, X6, X7); \
	ZIP(VPUNPCKLWD, VPUNPCKHWD, X0, X4); \
	ZIP(VPUNPCKLWD, VPUNPCKHWD, X2, X6); \
	ZIP(VPUNPCKLWD, VPUNPCKHWD, X1, X5); \
	ZIP(VPUNPCKLWD, VPUNPCKHWD, X3, X7); \
	ZIP(VPUNPCKLDQ, VPUNPCKHDQ, X0, X2); \
	ZIP(VPUNPCKLDQ, VPUNPCKHDQ, X4, X6); \
	ZIP(VPUNPCKLDQ, VPUNPCKHDQ, X1, X3); \
	ZIP(VPUNPCKLDQ, VPUNPCKHDQ, X5, X7); \
	ZIP(VPUNPCKLQDQ, VPUNPCKHQDQ, X0, X1); \
	ZIP(VPUNPCKLQDQ, VPUNPCKHQDQ, X2, X3); \
	ZIP(VPUNPCKLQDQ, VPUNPCKHQDQ, X4, X5); \
	ZIP(VPUNPCKLQDQ, VPUNPCKHQDQ, X6, X7)

// TURNBACK makes rows of columns, two in each register: those of the first half in X0, X4,
// X2 and X6, those of the second in X1, X5, X3 and X7.
#define TURNBACK \
	ZIP(VPUNPCKLBW, VPUNPCKHBW, X0, X1); \
	ZIP(VPUNPCKLBW, VPUNPCKHBW, X2, X3); \
	ZIP(VPUNPCKLBW, VPUNPCKHBW, X4, X5); \
	ZIP(VPUNPCKLBW, VPUNPCKHBW, X6, X7); \
	ZIP(VPUNPCKLWD, VPUNPCKHWD, X0, X2); \
	ZIP(VPUNPCKLWD, VPUNPCKHWD, X4, X6); \
	ZIP(VPUNPCKLWD, VPUNPCKHWD, X1, X3); \
	ZIP(VPUNPCKLWD, VPUNPCKHWD, X5, X7); \
	ZIP(VPUNPCKLDQ, VPUNPCKHDQ, X0, X4); \
	ZIP(VPUNPCKLDQ, VPUNPCKHDQ, X2, X6); \
	ZIP(VPUNPCKLDQ, VPUNPCKHDQ, X1, X5); \
	ZIP(VPUNPCKLDQ, VPUNPCKHDQ, X3, X7)

#define STORETWO(x, base, first, firstScale, second, secondScale) \
	VMOVQ   x, (base)(first*firstScale); \
	VPEXTRQ $1, x, (base)(second*secondScale)

// func smoothColumnsAVX2(a, b *byte, stride int, limit, next, high int32, outer bool)
TEXT ·smoothColumnsAVX2(SB), NOSPLIT, $0-37
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ stride+16(FP), DX
	ROWS
	SUBQ $4, SI
	SUBQ $4, DI
	XORL CX, CX
	LOAD(CX, 1, X0)
	LOAD(DX, 1, X1)
	LOAD(DX, 2, X4)
	LOAD(R8, 1, X5)
	LOAD(DX, 4, X2)
	LOAD(R9, 1, X3)
	LOAD(R10, 1, X6)
	LOAD(R11, 1, X7)
	TURN
	LIMITS
	MASKS
	CMPB outer+36(FP), $0
	JNE  outerColumns
	INNER
	JMP  storeColumns

outerColumns:
	OUTER

storeColumns:
	TURNBACK
	STORETWO(X0, SI, CX, 1, DX, 1)
	STORETWO(X4, SI, DX, 2, R8, 1)
	STORETWO(X2, SI, DX, 4, R9, 1)
	STORETWO(X6, SI, R10, 1, R11, 1)
	STORETWO(X1, DI, CX, 1, DX, 1)
	STORETWO(X5, DI, DX, 2, R8, 1)
	STORETWO(X3, DI, DX, 4, R9, 1)
	STORETWO(X7, DI, R10, 1, R11, 1)
	VZEROUPPER
	RET
