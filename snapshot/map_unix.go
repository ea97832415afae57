//go:build unix

package snapshot

import (
	"os"
	"syscall"
)

// mapFile returns the content of a file. mapped reports whether the content is mapped,
// so that the system reads it on demand, and must be unmapped.
func mapFile(f *os.File) (data []byte, mapped bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	size := info.Size()
	if !info.Mode().IsRegular() || size == 0 || int64(int(size)) != size {
		return readFile(f)
	}
	data, err = syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	return data, err == nil, err
}

func unmapFile(data []byte) error { return syscall.Munmap(data) }
