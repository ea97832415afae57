//go:build amd64 && !purego

package jsonedit

// vectorKernels are those that this processor can run.
func vectorKernels() map[string]kernel {
	all := map[string]kernel{}
	if hasAVX2 {
		all["avx2"] = kernel{sift256, passesHalves}
	}
	if hasAVX512 {
		all["avx512"] = kernel{sift512, passesWhole}
	}
	return all
}
