package event_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// TestSamplesHaveTheirTimeWhereThePresetLooks reads the time of the first event of each file,
// and requires that the others have one, too. The time of cim is _time, which is no preset's.
func TestSamplesHaveTheirTimeWhereThePresetLooks(t *testing.T) {
	first := map[string]string{
		"gcp/audit":             "2026-03-01T10:00:00.812345Z",
		"kubernetes/audit":      "2026-03-01T10:00:00.123456Z",
		"github/audit":          "2026-03-01T10:00:00Z",
		"wazuh/alerts":          "2026-03-01T10:00:00.101Z",
		"cloudtrail/identities": "2026-03-01T10:00:00Z",
		"ocsf/identities":       "2026-03-01T10:00:00Z",
		"zeek/logs":             "2026-03-01T10:00:00.1Z",
		"ecs/firewalls":         "2026-03-01T10:00:00Z",
	}
	b := event.NewBuilder(event.Options{})
	require.NoError(t, b.PresetTimes())
	s, err := b.Build()
	require.NoError(t, err)
	e, r := s.NewJSON(), event.Reader{}
	r.Reset(s)
	for name, want := range first {
		events, err := os.ReadFile("testdata/samples/" + name + ".ndjson")
		require.NoError(t, err)
		for line := range bytes.Lines(events) {
			require.NoError(t, e.Scan(bytes.TrimSpace(line)))
			r.Read(e)
			at, ok := r.Time()
			assert.True(t, ok, "the time of %s", line)
			if want != "" {
				assert.Equal(t, want, at.UTC().Format(time.RFC3339Nano), "the time of %s", line)
				want = ""
			}
		}
	}
}
