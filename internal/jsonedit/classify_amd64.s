//go:build amd64 && !purego

#include "textflag.h"

// BROADCAST fills the vector register y, whose lower half is x, with a byte.
#define BROADCAST(byte, x, y) \
	MOVL byte, AX; \
	VMOVQ AX, x; \
	VPBROADCASTB x, y

// STORE writes the top bits of the bytes of a and b, 64 of them, to field.
#define STORE(a, b, field) \
	VPMOVMSKB a, AX; \
	VPMOVMSKB b, BX; \
	SHLQ $32, BX; \
	ORQ AX, BX; \
	MOVQ BX, field

// func classifyAVX2(event *byte, out *block, n int)
TEXT ·classifyAVX2(SB), NOSPLIT, $0-24
	MOVQ event+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
	BROADCAST($'"', X8, Y8)
	BROADCAST($'\\', X9, Y9)
	BROADCAST($':', X10, Y10)
	BROADCAST($0x20, X11, Y11)
	BROADCAST($0x7a, X12, Y12)

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1

	VPCMPEQB Y8, Y0, Y2
	VPCMPEQB Y8, Y1, Y3
	STORE(Y2, Y3, (DI))

	VPCMPEQB Y9, Y0, Y4
	VPCMPEQB Y9, Y1, Y5
	STORE(Y4, Y5, 8(DI))

	VPCMPEQB Y10, Y0, Y6
	VPCMPEQB Y10, Y1, Y7
	STORE(Y6, Y7, 16(DI))

	// Signed: bytes beyond ASCII are negative and less than all others.
	VPOR Y11, Y0, Y0
	VPOR Y11, Y1, Y1
	VPCMPGTB Y12, Y0, Y0
	VPCMPGTB Y12, Y1, Y1
	STORE(Y0, Y1, 24(DI))

	ADDQ $64, SI
	ADDQ $32, DI
	DECQ CX
	JNZ loop

	VZEROUPPER
	RET
