package term

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMessagesAreMuted(t *testing.T) {
	var b bytes.Buffer
	told := NewMessages(&b, nil)
	told.Printf("a %s", "\x1b[31m")
	told.Mute()
	told.Printf("b")
	assert.Equal(t, "kith: a \\x1b[31m\n", b.String())
}
