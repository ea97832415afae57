//go:build !amd64 || purego

package jsonedit

var vectorKernel, hasVectorKernel = classifyWords, true
