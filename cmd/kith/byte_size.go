package main

import (
	"fmt"
	"strconv"
	"strings"
)

// byteSize is the value of a flag, a number of bytes: 65536, 64KiB or 64K, 1MB.
type byteSize int

// maxByteSize is the longest line that can be processed.
const maxByteSize = 1 << 30

var byteUnits = []struct {
	suffix string
	bytes  float64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"K", 1 << 10},
	{"M", 1 << 20},
	{"G", 1 << 30},
	{"B", 1},
	{"", 1},
}

// Set parses s.
func (b *byteSize) Set(s string) error {
	for _, unit := range byteUnits {
		n := len(s) - len(unit.suffix)
		if n < 0 || !strings.EqualFold(s[n:], unit.suffix) {
			continue
		}
		number, err := strconv.ParseFloat(strings.TrimSpace(s[:n]), 64)
		size := number * unit.bytes
		switch {
		case err != nil:
			return fmt.Errorf("%q is not a size like 65536, 64KiB or 16MiB", s)
		case !(1 <= size && size <= maxByteSize):
			return fmt.Errorf("%q: must be from 1B to 1GiB", s)
		}
		*b = byteSize(size)
		return nil
	}
	return nil
}

// String formats the size in the largest unit that divides it.
func (b *byteSize) String() string {
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		for _, u := range byteUnits {
			if u.suffix == unit && *b > 0 && int(*b)%int(u.bytes) == 0 {
				return strconv.Itoa(int(*b)/int(u.bytes)) + unit
			}
		}
	}
	return strconv.Itoa(int(*b))
}

// Type returns the name of the type.
func (b *byteSize) Type() string { return "size" }
