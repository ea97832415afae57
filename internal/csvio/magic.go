package csvio

import "bytes"

// The marks that begin an input and say how it is to be read.
var (
	bomUTF8  = []byte("\xef\xbb\xbf")
	bomOther = [][]byte{
		[]byte("\xfe\xff"),
		[]byte("\xff\xfe"), // also UTF-32, little endian
		[]byte("\x00\x00\xfe\xff"),
	}
	magicGzip = []byte("\x1f\x8b")
	magicZstd = []byte("\x28\xb5\x2f\xfd")
)

// undecided reports whether head is too short to tell that it does not begin
// with mark. Asking for more input only then keeps a live stream from waiting
// for bytes that nobody needs.
func undecided(head, mark []byte) bool {
	return len(head) < len(mark) && bytes.HasPrefix(mark, head)
}
