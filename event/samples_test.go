package event

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The folder testdata/samples has a folder for each preset, with events in the shapes
// that the vendor publishes (README.md there states the sources). Line n of NAME.want has
// the candidates of line n of NAME.ndjson: the values in which the entity of each role is
// looked up, as NAME or DOMAIN\NAME, in the order in which they are tried, and the time.

var update = flag.Bool("update", false, "write the candidates of the sample events")

// alsoFits lists presets whose marks the events of another preset may have, too, because
// the format contains the other one. The rule of the other preset comes later.
var alsoFits = map[string][]string{
	"windows": {"ecs", "wazuh"}, // Winlogbeat writes ECS; Wazuh forwards events of Windows
}

// sample is an event of testdata/samples.
type sample struct {
	preset, file string
	raw          []byte
	event        map[string]any
}

// readSamples returns the events of all presets, by the name of the file without its
// extension.
func readSamples(t *testing.T) map[string][]sample {
	t.Helper()
	files, err := filepath.Glob("testdata/samples/*/*.ndjson")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string][]sample{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range bytes.Lines(text) {
			s := sample{preset: filepath.Base(filepath.Dir(file)), file: file, raw: bytes.TrimSpace(line)}
			d := json.NewDecoder(bytes.NewReader(line))
			d.UseNumber()
			require.NoError(t, d.Decode(&s.event), "%s: %s", file, line)
			name := strings.TrimSuffix(file, ".ndjson")
			all[name] = append(all[name], s)
		}
	}
	return all
}

// sampleReader reads the roles and the time of events.
type sampleReader struct {
	json   *JSON
	mapped *Map
	reader Reader
}

func newSampleReader(t *testing.T, format string, times []string) *sampleReader {
	b := NewBuilder(Options{Format: format})
	require.NoError(t, b.Roles())
	b.Time(times...)
	s, err := b.Build()
	require.NoError(t, err)
	r := &sampleReader{json: s.NewJSON(), mapped: s.NewMap()}
	r.reader.Reset(s)
	return r
}

// describe returns the line of the .want file for the event that is read:
// "src=10.1.2.3 user=jdoe,1001 time=2026-03-01T08:00:00Z".
func (r *sampleReader) describe() string {
	var words []string
	for _, role := range r.reader.Format().Roles() {
		var values []string
		for _, c := range r.reader.AppendRole(nil, role) {
			texts := [][]byte{c.Text}
			if c.Pending {
				texts = r.reader.AppendPending(nil, &c)
			}
			for _, text := range texts {
				switch {
				case r.reader.Format().IsNull(text):
				case len(c.Domain) > 0:
					values = append(values, string(c.Domain)+`\`+string(text))
				default:
					values = append(values, string(text))
				}
			}
		}
		if len(values) > 0 {
			words = append(words, role.String()+"="+strings.Join(values, ","))
		}
	}
	if at, ok := r.reader.Time(); ok {
		words = append(words, "time="+at.Format(time.RFC3339Nano))
	}
	return strings.Join(words, " ")
}

func TestSamplesHaveTheirRolesAndTimes(t *testing.T) {
	for name, samples := range readSamples(t) {
		preset, ok := PresetByName(samples[0].preset)
		require.True(t, ok, "preset of %s", name)
		named := newSampleReader(t, preset.Name, preset.TimePaths())
		auto := newSampleReader(t, Auto, preset.TimePaths())
		var got []string
		for _, s := range samples {
			require.NoError(t, named.json.Scan(s.raw), "%s", s.raw)
			named.reader.Read(named.json)
			got = append(got, named.describe())

			named.mapped.Reset(s.event)
			named.reader.Read(named.mapped)
			assert.Equal(t, got[len(got)-1], named.describe(), "a map of %s: %s", name, s.raw)

			require.NoError(t, auto.json.Scan(s.raw), "%s", s.raw)
			auto.reader.Read(auto.json)
			if assert.Equal(t, preset.Name, auto.reader.Format().Name(), "auto for %s: %s", name, s.raw) {
				assert.Equal(t, got[len(got)-1], auto.describe(), "auto for %s: %s", name, s.raw)
			}
		}
		if *update {
			require.NoError(t, os.WriteFile(name+".want", []byte(strings.Join(got, "\n")+"\n"), 0o644))
		}
		want, err := os.ReadFile(name + ".want")
		require.NoError(t, err)
		assert.Equal(t, strings.Split(strings.TrimSpace(string(want)), "\n"), got, "roles of %s", name)
	}
}

func TestNoSampleFitsTwoPresets(t *testing.T) {
	d := newDetector()
	for name, samples := range readSamples(t) {
		for _, s := range samples {
			fits := map[string]bool{}
			seen := signsIn(d, s.event)
			for i := range d.rules {
				if d.rules[i].appliesTo(seen) {
					fits[d.rules[i].preset] = true
				}
			}
			for _, other := range alsoFits[s.preset] {
				delete(fits, other)
			}
			if s.preset == fallbackPreset {
				assert.Empty(t, fits, "presets that %s fits: %s", name, s.raw)
				continue
			}
			assert.Equal(t, []string{s.preset}, slices.Sorted(maps.Keys(fits)), "presets that %s fits: %s", name, s.raw)
		}
	}
}

// TestEveryPresetHasSamples holds for presets whose samples are not elsewhere in the
// repository (testdata/).
func TestEveryPresetHasSamples(t *testing.T) {
	elsewhere := []string{"cim", "ecs", "ocsf", "zeek", "suricata", "windows", "cloudtrail"}
	for _, name := range PresetNames() {
		files, err := filepath.Glob("testdata/samples/" + name + "/*.ndjson")
		require.NoError(t, err)
		assert.True(t, len(files) > 0 || slices.Contains(elsewhere, name), "samples of the preset %s", name)
	}
}
