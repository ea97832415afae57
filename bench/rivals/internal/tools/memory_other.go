//go:build !linux && !darwin

package tools

import "os"

// maxResident returns 0: this system does not report it.
func maxResident(*os.ProcessState) int64 { return 0 }
