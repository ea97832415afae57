package event_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/event"
)

// describeCandidates returns the candidates of all roles: "src=10.1.2.3 user=jdoe,1001".
func describeCandidates(r *event.Reader) string {
	var words []string
	for role := range event.Role(event.NumRoles) {
		var texts []string
		for _, c := range r.AppendRole(nil, role) {
			if !c.Pending {
				texts = append(texts, string(c.Text))
				continue
			}
			for _, text := range r.AppendPending(nil, &c) {
				texts = append(texts, string(text))
			}
		}
		if len(texts) > 0 {
			words = append(words, role.String()+"="+strings.Join(texts, ","))
		}
	}
	return strings.Join(words, " ")
}

// TestSamples reads the events in testdata/samples, both with the preset that their folder is
// named after and with auto. Line n of NAME.want has the candidates of line n of NAME.ndjson.
func TestSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/samples/*/*.ndjson")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		preset := filepath.Base(filepath.Dir(file))
		events, err := os.ReadFile(file)
		require.NoError(t, err)
		want, err := os.ReadFile(strings.TrimSuffix(file, ".ndjson") + ".want")
		require.NoError(t, err)
		for _, format := range []string{preset, event.Auto} {
			b := event.NewBuilder(event.Options{Format: format})
			require.NoError(t, b.Roles())
			s, err := b.Build()
			require.NoError(t, err)
			var got strings.Builder
			for line := range bytes.Lines(events) {
				e := s.NewJSON()
				require.NoError(t, e.Scan(bytes.TrimSpace(line)))
				var r event.Reader
				r.Reset(s)
				r.Read(e)
				assert.Equal(t, preset, r.Format().Name(), "the preset of %s", line)
				got.WriteString(describeCandidates(&r) + "\n")
			}
			assert.Equal(t, string(want), got.String(), "the candidates in %s with format %s", file, format)
		}
	}
}
