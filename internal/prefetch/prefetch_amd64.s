//go:build !purego

#include "textflag.h"

// func line(p unsafe.Pointer)
TEXT ·line(SB), NOSPLIT, $0-8
	MOVQ p+0(FP), AX
	PREFETCHT0 (AX)
	RET

// func lines(memory *byte, at *uint32, n, scale, also int)
TEXT ·lines(SB), NOSPLIT, $0-40
	MOVQ memory+0(FP), SI
	MOVQ at+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ scale+24(FP), DX
	MOVQ also+32(FP), R8
	ADDQ SI, R8

loop:
	MOVL (DI), AX
	IMULQ DX, AX
	PREFETCHT0 (SI)(AX*1)
	PREFETCHT0 (R8)(AX*1)
	ADDQ $4, DI
	DECQ CX
	JNZ loop
	RET
