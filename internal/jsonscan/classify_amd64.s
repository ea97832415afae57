//go:build amd64 && !purego

#include "textflag.h"

// BYTES is a vector of 32 equal bytes, given as eight of them.
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
BYTES(dot, $0x2e2e2e2e2e2e2e2e)
BYTES(below, $0x7a7a7a7a7a7a7a7a)
BYTES(half, $0x0f0f0f0f0f0f0f0f)
BYTES(even, $0x5555555555555555)
BYTES(odd, $0xaaaaaaaaaaaaaaaa)

// MASK collects the top bits of the 64 bytes of a and b in r.
#define MASK(a, b, r, temp) \
	VPMOVMSKB a, r; \
	VPMOVMSKB b, temp; \
	SHLQ $32, temp; \
	ORQ temp, r

// LAST sets R13 to the mask of the bytes of this block that are not ignored.
#define LAST \
	MOVQ $-1, R13; \
	CMPQ CX, $1; \
	CMOVQEQ last+24(FP), R13

// BUCKETS replaces each byte of y with the buckets that have it, according to the tables of
// one position of the filter. The bytes must be ASCII: VPSHUFB gives 0 for others.
#define BUCKETS(y, low, high) \
	VPSHUFB y, low, Y5; \
	VPSRLW $4, y, y; \
	VPAND Y8, y, y; \
	VPSHUFB y, high, y; \
	VPAND Y5, y, y

// BUCKETSANY is BUCKETS for bytes that need not be ASCII: the position furthest from the end
// can be before a short key, in a byte order mark.
#define BUCKETSANY(y, low, high) \
	VPSRLW $4, y, Y5; \
	VPAND Y8, Y5, Y5; \
	VPSHUFB Y5, high, Y5; \
	VPAND Y8, y, y; \
	VPSHUFB y, low, y; \
	VPAND Y5, y, y

// REJECTED sets r to a mask of the bytes for which no bucket has all of Y2, Y3 and Y4.
#define REJECTED(r) \
	BUCKETS(Y2, Y10, Y13); \
	BUCKETS(Y3, Y11, Y14); \
	BUCKETSANY(Y4, Y12, Y15); \
	VPAND Y3, Y2, Y2; \
	VPAND Y4, Y2, Y2; \
	VPCMPEQB Y7, Y2, Y2; \
	VPMOVMSKB Y2, r

// func classifyAVX2(event *byte, out *block, n int, last uint64, c *carry, f *keyFilter, first bool)
//
// It computes the same as classifyWords, in the same order. Registers: SI the block, DI
// the destination of its masks, CX the number of remaining blocks; R8 to R12 and R15 the
// carry (inside, escape, dirty, quote, dirty2, slashes); R14 whether the filter is on; Y7
// zero, Y8 0x0f in every byte, X9 ones, Y10 to Y15 the tables of the filter.
TEXT ·classifyAVX2(SB), NOSPLIT, $0-49
	MOVQ event+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ c+32(FP), DX
	MOVQ 0(DX), R8
	MOVQ 8(DX), R9
	MOVQ 16(DX), R10
	MOVQ 24(DX), R11
	MOVQ 32(DX), R12
	MOVQ 40(DX), R15
	MOVQ f+40(FP), DX
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

	// No backslashes: every byte after a quote may follow a key without escapes.
	LEAQ (R11)(AX*2), BX
	NOTQ R12
	ANDQ R12, BX
	XORL R12, R12
	MOVQ AX, R11
	SHRQ $63, R11

resolved: // AX: the quotes; BX: the bytes after keys without escapes
	MOVQ AX, 0(DI)

	// A carry-less multiplication by all ones is a prefix xor.
	VMOVQ AX, X2
	VPCLMULQDQ $0, X9, X2, X2
	VMOVQ X2, DX
	XORQ R8, DX
	MOVQ DX, R8
	SARQ $63, R8
	NOTQ DX
	ANDQ R13, DX

	// The comparison is signed: bytes that are not ASCII are negative, less than all others.
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
	JZ filtered

	// The last bytes of a key are two, three and four bytes before its colon.
	CMPB first+48(FP), $0
	JNE begin
	VMOVDQU -2(SI), Y2
	VMOVDQU -3(SI), Y3
	VMOVDQU -4(SI), Y4
loaded:
	REJECTED(AX)
	VMOVDQU 30(SI), Y2
	VMOVDQU 29(SI), Y3
	VMOVDQU 28(SI), Y4
	REJECTED(DX)
	SHLQ $32, DX
	ORQ DX, AX
	ANDQ AX, BX
	XORQ BX, R13

filtered:
	ORQ 32(DI), R13
	MOVQ R13, 24(DI)
	MOVB $0, first+48(FP)
	ADDQ $64, SI
	ADDQ $40, DI
	DECQ CX
	JNZ loop

	MOVQ c+32(FP), DX
	MOVQ R8, 0(DX)
	MOVQ R9, 8(DX)
	MOVQ R10, 16(DX)
	MOVQ R11, 24(DX)
	MOVQ R12, 32(DX)
	MOVQ R15, 40(DX)
	VZEROUPPER
	RET

begin: // the first block: zeros instead of the bytes before it
	VPERM2I128 $8, Y0, Y0, Y6
	VPALIGNR $14, Y6, Y0, Y2
	VPALIGNR $13, Y6, Y0, Y3
	VPALIGNR $12, Y6, Y0, Y4
	JMP loaded

escaped: // AX: all quotes, BX: the backslashes; see resolveEscapes
	MOVQ R9, DX
	NOTQ DX
	ANDQ BX, DX
	LEAQ (R9)(DX*2), R13
	MOVQ R13, R9
	NOTQ R9
	ANDQ DX, R9
	ANDQ odd<>(SB), R9
	ADDQ DX, R9
	SBBQ DX, DX
	NEGQ DX
	ADDQ R9, R9
	XORQ even<>(SB), R9
	ANDQ R13, R9
	NOTQ R9
	ANDQ R9, AX
	MOVQ DX, R9
	MOVQ AX, DX
	NOTQ DX
	ORQ R10, BX
	ANDQ DX, BX
	MOVQ DX, R13
	ADDQ BX, R13
	SBBQ R10, R10
	NEGQ R10
	NOTQ R13
	ANDQ DX, R13
	ORQ BX, R13
	LEAQ (R11)(AX*2), BX
	MOVQ AX, R11
	SHRQ $63, R11
	LEAQ (R12)(R13*4), DX
	NOTQ DX
	ANDQ DX, BX
	SHRQ $62, R13
	MOVQ R13, R12
	LAST
	JMP resolved

// func findDotsAVX2(event *byte, out *uint64, n int)
TEXT ·findDotsAVX2(SB), NOSPLIT, $0-24
	MOVQ event+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
	VMOVDQU dot<>(SB), Y2

next:
	VPCMPEQB (SI), Y2, Y0
	VPCMPEQB 32(SI), Y2, Y1
	MASK(Y0, Y1, AX, DX)
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ next

	VZEROUPPER
	RET
