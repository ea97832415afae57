//go:build amd64 && !purego

#include "textflag.h"

// BYTES is a vector of 32 times the same byte, given as eight of them.
#define BYTES(name, eight) \
	DATA name<>+0(SB)/8, eight; \
	DATA name<>+8(SB)/8, eight; \
	DATA name<>+16(SB)/8, eight; \
	DATA name<>+24(SB)/8, eight; \
	GLOBL name<>(SB), RODATA|NOPTR, $32

BYTES(quote, $0x2222222222222222)
BYTES(slash, $0x5c5c5c5c5c5c5c5c)
BYTES(colon, $0x3a3a3a3a3a3a3a3a)
BYTES(bit20, $0x2020202020202020)
BYTES(below, $0x7a7a7a7a7a7a7a7a)
BYTES(half, $0x0f0f0f0f0f0f0f0f)
BYTES(even, $0x5555555555555555)
BYTES(odd, $0xaaaaaaaaaaaaaaaa)

// MASK collects the top bits of the bytes of a and b, 64 of them, in r.
#define MASK(a, b, r, temp) \
	VPMOVMSKB a, r; \
	VPMOVMSKB b, temp; \
	SHLQ $32, temp; \
	ORQ temp, r

// LAST makes R13 the bits of this block that count.
#define LAST \
	MOVQ $-1, R13; \
	CMPQ CX, $1; \
	CMOVQEQ last+24(FP), R13

// PLAIN makes BX the bytes right after the quotes in AX, where there are no
// backslashes.
#define PLAIN \
	LEAQ (R11)(AX*2), BX; \
	NOTQ R12; \
	ANDQ R12, BX; \
	XORL R12, R12; \
	MOVQ AX, R11; \
	SHRQ $63, R11

// ESCAPED takes the quotes that the backslashes in BX escape from those in AX and
// makes BX the bytes right after quotes of keys without escapes. R13 and DX are
// lost.
#define ESCAPED \
	MOVQ R9, DX; \
	NOTQ DX; \
	ANDQ BX, DX; \
	LEAQ (R9)(DX*2), R13; \
	MOVQ R13, R9; \
	NOTQ R9; \
	ANDQ DX, R9; \
	ANDQ odd<>(SB), R9; \
	ADDQ DX, R9; \
	SBBQ DX, DX; \
	NEGQ DX; \
	ADDQ R9, R9; \
	XORQ even<>(SB), R9; \
	ANDQ R13, R9; \
	NOTQ R9; \
	ANDQ R9, AX; \
	MOVQ DX, R9; \
	MOVQ AX, DX; \
	NOTQ DX; \
	ORQ R10, BX; \
	ANDQ DX, BX; \
	MOVQ DX, R13; \
	ADDQ BX, R13; \
	SBBQ R10, R10; \
	NEGQ R10; \
	NOTQ R13; \
	ANDQ DX, R13; \
	ORQ BX, R13; \
	LEAQ (R11)(AX*2), BX; \
	MOVQ AX, R11; \
	SHRQ $63, R11; \
	LEAQ (R12)(R13*4), DX; \
	NOTQ DX; \
	ANDQ DX, BX; \
	SHRQ $62, R13; \
	MOVQ R13, R12

// OUTSIDE stores the quotes in AX and makes DX the bytes outside of strings.
#define OUTSIDE \
	MOVQ AX, 0(DI); \
	VMOVQ AX, X2; \
	VPCLMULQDQ $0, X9, X2, X2; \
	VMOVQ X2, DX; \
	XORQ R8, DX; \
	MOVQ DX, R8; \
	SARQ $63, R8; \
	NOTQ DX

// START loads what the blocks before say, and END stores what these say: R8
// inside, R9 escape, R10 dirty, R11 quote, R12 dirty2, R15 slashes.
#define START \
	MOVQ event+0(FP), SI; \
	MOVQ out+8(FP), DI; \
	MOVQ n+16(FP), CX; \
	MOVQ st+32(FP), DX; \
	MOVQ 0(DX), R8; \
	MOVQ 8(DX), R9; \
	MOVQ 16(DX), R10; \
	MOVQ 24(DX), R11; \
	MOVQ 32(DX), R12; \
	MOVQ 40(DX), R15; \
	MOVQ v+40(FP), DX

#define END \
	MOVQ st+32(FP), DX; \
	MOVQ R8, 0(DX); \
	MOVQ R9, 8(DX); \
	MOVQ R10, 16(DX); \
	MOVQ R11, 24(DX); \
	MOVQ R12, 32(DX); \
	MOVQ R15, 40(DX); \
	VZEROUPPER; \
	RET

// GOOD turns bytes into the buckets they are good for, by the tables of one
// place of the sieve.
#define GOOD(y, low, high) \
	VPSHUFB y, low, Y5; \
	VPSRLW $4, y, y; \
	VPAND Y8, y, y; \
	VPSHUFB y, high, y; \
	VPAND Y5, y, y

// GOODANY is GOOD for bytes that may be beyond ASCII, which VPSHUFB takes for no
// index.
#define GOODANY(y, low, high) \
	VPSRLW $4, y, Y5; \
	VPAND Y8, Y5, Y5; \
	VPSHUFB Y5, high, Y5; \
	VPAND Y8, y, y; \
	VPSHUFB y, low, y; \
	VPAND Y5, y, y

// FOREIGN collects in r where there is no bucket that Y2, Y3 and Y4 are all good
// for.
#define FOREIGN(r) \
	GOOD(Y2, Y10, Y13); \
	GOOD(Y3, Y11, Y14); \
	GOODANY(Y4, Y12, Y15); \
	VPAND Y3, Y2, Y2; \
	VPAND Y4, Y2, Y2; \
	VPCMPEQB Y7, Y2, Y2; \
	VPMOVMSKB Y2, r

// func siftAVX2(event *byte, out *block, n int, last uint64, st *sifting, v *sieve, first bool)
//
// What siftWords does, in the same order. Registers that stay besides those of
// START: R14 whether the sieve is on; Y7 zero, Y8 half bytes, X9 ones, Y10 to Y15
// the sieve.
TEXT ·siftAVX2(SB), NOSPLIT, $0-49
	START
	VMOVDQU 0(DX), Y10
	VMOVDQU 32(DX), Y11
	VMOVDQU 64(DX), Y12
	VMOVDQU 96(DX), Y13
	VMOVDQU 128(DX), Y14
	VMOVDQU 160(DX), Y15
	MOVQ 192(DX), R14
	VPXOR Y7, Y7, Y7
	VMOVDQU half<>(SB), Y8
	VPCMPEQB X9, X9, X9

loop:
	LAST
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1

	VPCMPEQB slash<>(SB), Y0, Y2
	VPCMPEQB slash<>(SB), Y1, Y3
	MASK(Y2, Y3, BX, AX)
	ANDQ R13, BX
	MOVQ BX, 8(DI)
	ORQ BX, R15

	VPCMPEQB quote<>(SB), Y0, Y2
	VPCMPEQB quote<>(SB), Y1, Y3
	MASK(Y2, Y3, AX, DX)
	ANDQ R13, AX

	MOVQ R9, DX
	ORQ R10, DX
	ORQ BX, DX
	JNZ escaped

	PLAIN

settled:
	OUTSIDE
	ANDQ R13, DX

	// Signed: bytes beyond ASCII are negative and less than all others.
	VPOR bit20<>(SB), Y0, Y2
	VPOR bit20<>(SB), Y1, Y3
	VPCMPGTB below<>(SB), Y2, Y2
	VPCMPGTB below<>(SB), Y3, Y3
	MASK(Y2, Y3, AX, R13)
	ANDQ DX, AX
	MOVQ AX, 32(DI)

	VPCMPEQB colon<>(SB), Y0, Y2
	VPCMPEQB colon<>(SB), Y1, Y3
	MASK(Y2, Y3, R13, AX)
	ANDQ DX, R13
	ANDQ R14, BX
	ANDQ R13, BX
	MOVQ BX, 16(DI)
	JZ sieved

	// The bytes of a key are two, three and five before its colon.
	CMPB first+48(FP), $0
	JNE begin
	VMOVDQU -2(SI), Y2
	VMOVDQU -3(SI), Y3
	VMOVDQU -5(SI), Y4
loaded:
	FOREIGN(AX)
	VMOVDQU 30(SI), Y2
	VMOVDQU 29(SI), Y3
	VMOVDQU 27(SI), Y4
	FOREIGN(DX)
	SHLQ $32, DX
	ORQ DX, AX
	ANDQ AX, BX
	XORQ BX, R13

sieved:
	ORQ 32(DI), R13
	MOVQ R13, 24(DI)
	MOVB $0, first+48(FP)
	ADDQ $64, SI
	ADDQ $40, DI
	DECQ CX
	JNZ loop

	END

begin: // before the first byte there are zeros
	VPERM2I128 $8, Y0, Y0, Y6
	VPALIGNR $14, Y6, Y0, Y2
	VPALIGNR $13, Y6, Y0, Y3
	VPALIGNR $11, Y6, Y0, Y4
	JMP loaded

escaped:
	ESCAPED
	LAST
	JMP settled

// func siftAVX512(event *byte, out *block, n int, last uint64, st *sifting, v *sieve)
//
// What siftAVX2 does, with 64 bytes in one register, where the sieve takes two
// instructions for a place: one that shifts the bytes there and one that looks
// them up, whole. Bytes beyond the last that counts are not read. Registers that
// stay besides those of START: R14 whether the sieve is on; Z6 the block before,
// X9 ones, Z10 to Z15 the sieve, Z26 to Z30 what bytes are compared with.
TEXT ·siftAVX512(SB), NOSPLIT, $0-48
	START
	MOVQ 192(DX), R14
	VMOVDQU64 200(DX), Z10
	VMOVDQU64 264(DX), Z11
	VMOVDQU64 328(DX), Z12
	VMOVDQU64 392(DX), Z13
	VMOVDQU64 456(DX), Z14
	VMOVDQU64 520(DX), Z15
	VPBROADCASTQ quote<>(SB), Z26
	VPBROADCASTQ slash<>(SB), Z27
	VPBROADCASTQ colon<>(SB), Z28
	VPBROADCASTQ bit20<>(SB), Z29
	VPBROADCASTQ below<>(SB), Z30
	VPCMPEQB X9, X9, X9
	VPXORQ Z6, Z6, Z6

loop:
	LAST
	KMOVQ R13, K1
	VMOVDQU8.Z (SI), K1, Z0
	VPCMPEQB Z26, Z0, K2
	VPCMPEQB Z27, Z0, K3
	VPCMPEQB Z28, Z0, K4
	VPORQ Z29, Z0, Z1
	VPCMPGTB Z30, Z1, K5
	KMOVQ K2, AX
	KMOVQ K3, BX
	MOVQ BX, 8(DI)
	ORQ BX, R15

	MOVQ R9, DX
	ORQ R10, DX
	ORQ BX, DX
	JNZ escaped
	PLAIN

settled:
	OUTSIDE
	KMOVQ K5, AX
	ANDQ DX, AX
	MOVQ AX, 32(DI)
	KMOVQ K4, R13
	ANDQ DX, R13
	ANDQ R14, BX
	ANDQ R13, BX
	MOVQ BX, 16(DI)
	JZ sieved

	// The bytes of a key are two, three and five before its colon.
	VALIGNQ $7, Z6, Z0, Z1
	VPSHLDQ $16, Z1, Z0, Z2
	VPSHLDQ $24, Z1, Z0, Z3
	VPSHLDQ $40, Z1, Z0, Z4
	VPERMI2B Z11, Z10, Z2
	VPERMI2B Z13, Z12, Z3
	VPERMI2B Z15, Z14, Z4
	VPANDQ Z3, Z2, Z2
	VPTESTNMB Z4, Z2, K2
	KMOVQ K2, DX
	ANDQ DX, BX
	XORQ BX, R13

sieved:
	ORQ AX, R13
	MOVQ R13, 24(DI)
	VMOVDQA64 Z0, Z6
	ADDQ $64, SI
	ADDQ $40, DI
	DECQ CX
	JNZ loop
	END

escaped:
	ESCAPED
	JMP settled
