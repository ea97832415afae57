//go:build !purego

#include "textflag.h"

// func line(p unsafe.Pointer)
TEXT ·line(SB), NOSPLIT, $0-8
	MOVD p+0(FP), R0
	PRFM (R0), PLDL1KEEP
	RET

// func lines(memory *byte, at *uint32, n, scale, also int)
TEXT ·lines(SB), NOSPLIT, $0-40
	MOVD memory+0(FP), R0
	MOVD at+8(FP), R1
	MOVD n+16(FP), R2
	MOVD scale+24(FP), R3
	MOVD also+32(FP), R4

loop:
	MOVWU.P 4(R1), R5
	MADD R3, R0, R5, R6
	PRFM (R6), PLDL1KEEP
	ADD R4, R6, R6
	PRFM (R6), PLDL1KEEP
	SUBS $1, R2, R2
	BNE loop
	RET
