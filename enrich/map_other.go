//go:build !unix

package enrich

import "os"

func mapFile(f *os.File) ([]byte, error) { return readFile(f) }
