//go:build !unix

package snapshot

import "os"

func mapFile(f *os.File) (data []byte, mapped bool, err error) { return readFile(f) }

func unmap([]byte) error { return nil }
