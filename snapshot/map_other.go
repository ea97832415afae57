//go:build !unix

package snapshot

import "os"

func mapFile(f *os.File) (data []byte, mapped bool, err error) { return readFile(f) }

func unmapFile([]byte) error { return nil }
