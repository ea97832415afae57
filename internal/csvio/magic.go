package csvio

import "bytes"

// The marks at the beginning of an input that identify its format.
var (
	bomUTF8  = []byte("\xef\xbb\xbf")
	bomOther = [][]byte{
		[]byte("\xfe\xff"),
		[]byte("\xff\xfe"), // also UTF-32, little endian
		[]byte("\x00\x00\xfe\xff"),
	}
	magicGzip = []byte("\x1f\x8b")
	magicZstd = []byte("\x28\xb5\x2f\xfd")
	magicSkip = []byte("\x50\x2a\x4d\x18") // a skippable zstd frame, where pzstd begins; the first byte's low half is free
)

// undecided reports whether head is too short to tell that it does not begin
// with mark. Asking for more input only then keeps a live stream from waiting
// for bytes that nobody needs.
func undecided(head, mark []byte) bool {
	return len(head) < len(mark) && bytes.HasPrefix(mark, head)
}

// compression names the format that an input beginning with head is compressed
// in; it is empty for none. It is decided as soon as head can be nothing else.
func compression(head []byte) (format string, decided bool) {
	first := bytes.Clone(head)
	if len(first) > 0 && first[0]&0xf0 == magicSkip[0] {
		first[0] = magicSkip[0]
	}
	switch {
	case bytes.HasPrefix(head, magicGzip):
		return "gzip", true
	case bytes.HasPrefix(head, magicZstd), bytes.HasPrefix(first, magicSkip):
		return "zstd", true
	}
	return "", !undecided(head, magicGzip) && !undecided(head, magicZstd) && !undecided(first, magicSkip)
}
