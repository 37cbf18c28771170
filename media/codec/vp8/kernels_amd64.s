//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// Of boolReader are in registers:
//	R8 value, R9 width, R10 valid, R11 the first byte of data
// BX is norms: the shifts that make widths whole, and 256 further on what they become.

// FILL makes 56 bits or more valid: enough for seven, of which each takes seven bits at
// most and needs eight that are valid.
#define FILL \
	MOVQ   (R11), AX; \
	BSWAPQ AX; \
	MOVL   R10, CX; \
	SHRQ   CX, AX; \
	ORQ    AX, R8; \
	MOVL   $63, DX; \
	SUBL   R10, DX; \
	SHRL   $3, DX; \
	ADDQ   DX, R11; \
	ORL    $56, R10

// BIT decodes a bit, and jumps if it is one, where ONE has to follow.
#define BIT(prob, one) \
	MOVBLZX prob, AX; \
	IMULL   R9, AX; \
	SHRL    $8, AX; \
	MOVQ    R8, DX; \
	SHRQ    $56, DX; \
	CMPL    DX, AX; \
	JHI     one; \
	MOVBLZX 1(BX)(AX*1), CX; \
	MOVBLZX 257(BX)(AX*1), R9; \
	SHLQ    CX, R8; \
	SUBL    CX, R10

#define ONE \
	SUBL    AX, R9; \
	INCL    AX; \
	SHLQ    $56, AX; \
	SUBQ    AX, R8; \
	MOVBLZX (BX)(R9*1), CX; \
	MOVBLZX 256(BX)(R9*1), R9; \
	SHLQ    CX, R8; \
	SUBL    CX, R10

// NODE makes R13 the probabilities of place R12 and a context, of 16 bytes each.
#define NODE(context) \
	LEAQ (R12)(R12*2), R13; \
	SHLQ $4, R13; \
	LEAQ context*16(SI)(R13*1), R13

// func readCoefficientsAsm(r *boolReader, p *kindProbabilities, context, first int, dc, ac int32, out *coefficients) int
TEXT ·readCoefficientsAsm(SB), NOSPLIT, $0-56
	MOVQ r+0(FP), DI
	MOVQ boolReader_value(DI), R8
	MOVQ boolReader_width(DI), R9
	MOVQ boolReader_valid(DI), R10
	MOVQ boolReader_data(DI), R11
	MOVQ p+8(FP), SI
	MOVQ context+16(FP), CX
	MOVQ first+24(FP), R12
	MOVQ out+40(FP), DI
	LEAQ ·norms(SB), BX
	SHLQ $4, CX
	NODE(0)
	ADDQ CX, R13
	FILL
	BIT((R13), some)
	JMP  done

some:
	ONE

coefficient:
	FILL

	// Of the place now known, R12 is the next.
	INCQ R12
	BIT(1(R13), notZero)
	NODE(0)
	CMPQ R12, $16
	JLT  coefficient
	JMP  done

notZero:
	ONE
	BIT(2(R13), two)
	MOVL $1, R14
	NODE(1)
	JMP  sign

two:
	ONE
	BIT(3(R13), five)
	BIT(4(R13), three)
	MOVL $2, R14
	NODE(2)
	JMP  sign

three:
	ONE
	BIT(5(R13), four)
	MOVL $3, R14
	NODE(2)
	JMP  sign

four:
	ONE
	MOVL $4, R14
	NODE(2)
	JMP  sign

five:
	ONE
	FILL
	BIT(6(R13), eleven)
	BIT(7(R13), seven)
	LEAQ ·extra(SB), R13
	XORL R14, R14
	JMP  more

seven:
	ONE
	LEAQ ·extra+16(SB), R13
	XORL R14, R14
	JMP  more

eleven:
	ONE
	BIT(8(R13), thirtyFive)
	BIT(9(R13), nineteen)
	LEAQ ·extra+32(SB), R13
	XORL R14, R14
	JMP  more

nineteen:
	ONE
	LEAQ ·extra+48(SB), R13
	XORL R14, R14
	JMP  more

thirtyFive:
	ONE
	BIT(10(R13), sixtySeven)
	LEAQ ·extra+64(SB), R13
	XORL R14, R14
	JMP  more

sixtySeven:
	ONE
	LEAQ ·extra+80(SB), R13
	XORL R14, R14

more:
	// R13 is the probabilities of further bits, a zero, and what the level begins with.
	ADDL R14, R14
	FILL
	BIT((R13), moreOne)
	JMP  moreNext

moreOne:
	ONE
	INCL R14

moreNext:
	INCQ    R13
	MOVBLZX (R13), AX
	TESTL   AX, AX
	JNE     more
	MOVBLZX 1(R13), AX
	ADDL    AX, R14
	NODE(2)

sign:
	// A bit of even chances, without a branch: DX becomes -1 for one. The width was
	// not yet 254, as that of an unread stream alone is.
	MOVL R9, AX
	SHRL $1, AX
	MOVQ R8, CX
	SHRQ $56, CX
	MOVQ AX, DX
	SUBQ CX, DX
	SARQ $63, DX
	INCQ AX
	SHLQ $56, AX
	ANDQ DX, AX
	SUBQ AX, R8
	ADDQ R8, R8
	ADDL DX, R9
	ORL  $1, R9
	DECL R10
	XORL DX, R14
	SUBL DX, R14

	MOVL    dc+32(FP), AX
	MOVL    ac+36(FP), DX
	CMPQ    R12, $1
	CMOVLGT DX, AX
	IMULL   AX, R14
	LEAQ    ·zigzag(SB), CX
	MOVBLZX -1(CX)(R12*1), CX
	MOVW    R14, (DI)(CX*2)
	CMPQ    R12, $16
	JGE     done
	BIT((R13), some)

done:
	MOVQ r+0(FP), DI
	MOVQ R8, boolReader_value(DI)
	MOVQ R9, boolReader_width(DI)
	MOVQ R10, boolReader_valid(DI)
	MOVQ R11, AX
	SUBQ boolReader_data(DI), AX
	MOVQ R11, boolReader_data(DI)
	SUBQ AX, boolReader_data+8(DI)
	SUBQ AX, boolReader_data+16(DI)
	MOVQ R12, ret+48(FP)
	RET
