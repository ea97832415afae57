package term

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEscaperKeepsMeaningOfEvents(t *testing.T) {
	var b bytes.Buffer
	e := &escaper{to: &b}
	const line = "{\"a\":\"\x1b[31m\u009b2J\u202eü\t\xff\"}\r\nbad\rover\n"
	n, err := e.Write([]byte(line))
	require.NoError(t, err)
	assert.Equal(t, len(line), n)
	assert.Equal(t, `{"a":"\u001b[31m\u009b2J\u202eü`+"\t"+`\xff"}`+"\r\n"+`bad\u000dover`+"\n", b.String())

	e.to = failing{}
	_, err = e.Write([]byte("x\n"))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

// failing is a writer whose reader has gone.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
