package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOpenAcksCutsIncompleteLine(t *testing.T) {
	long := strings.Repeat(`{"lines":1,"bytes":2}`+"\n", 100)
	for before, want := range map[string]string{
		"":                                  "",
		"{\"li":                             "",
		"{\"lines\":1,\"bytes\":2}\n":       "{\"lines\":1,\"bytes\":2}\n",
		"{\"lines\":1,\"bytes\":2}\n{\"lin": "{\"lines\":1,\"bytes\":2}\n",
		long + "{":                          long,
		strings.Repeat("x", 1000):           strings.Repeat("x", 1000),
	} {
		path := filepath.Join(t.TempDir(), "acks")
		require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
		f, err := openAcks(path)
		require.NoError(t, err)
		_, err = f.WriteString("next\n")
		require.NoError(t, err)
		require.NoError(t, f.Close())
		assert.Equal(t, want+"next\n", readText(t, path), "openAcks(%.40q)", before)
	}
}
