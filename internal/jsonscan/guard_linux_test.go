package jsonscan

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// The test scans events of all lengths at the beginning and at the end of a page whose
// neighbours are not readable.
func TestScanReadsNoUnmappedMemory(t *testing.T) { eachKernel(t, checkScanStaysInBounds) }

func checkScanStaysInBounds(t *testing.T) {
	page := os.Getpagesize()
	memory, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Munmap(memory)) }()
	require.NoError(t, syscall.Mprotect(memory[:page], syscall.PROT_NONE))
	require.NoError(t, syscall.Mprotect(memory[2*page:], syscall.PROT_NONE))
	readable := memory[page : 2*page]
	p := mustCompile(t, "k", "key", "longer_key")
	var s Scanner
	for pad := range 3 * blockSize {
		for _, text := range []string{`{"k":1}`, `{"key":"v"}`, `{"longer_key":["\n",{}]}`, `{}`, `{"k":`, `{"k":t`, `{"k":"`, `{"k`, `{"`, `{`, `{"k":-`, `"\`, `{"k":"\u12`} {
			event := text[:1] + strings.Repeat(" ", pad) + text[1:]
			low := readable[:copy(readable, event)]
			high := readable[page-len(event):]
			want := p.Scan([]byte(event), &s)
			require.Equal(t, want, p.Scan(low, &s))
			valid := Valid(low)
			copy(high, event)
			require.Equal(t, want, p.Scan(high, &s))
			require.Equal(t, valid, Valid(high))
		}
	}
}
