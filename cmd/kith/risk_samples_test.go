package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// runRisk runs kith risk within the test process.
func runRisk(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"risk"}, args...), strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// TestNotablesDoNotDependOnWorkersOrState compares the notables of the sample
// organisation for several numbers of workers, with and without a state.
func TestNotablesDoNotDependOnWorkersOrState(t *testing.T) {
	const dir = "../../testdata/acme/risk/"
	args := []string{"--config", dir + "kith.yaml", dir + "modifiers.ndjson", "-q", "--summary", "json"}
	code, out, errs := runRisk(t, "", args...)
	require.Equal(t, exitDone, code, errs)
	if *update {
		require.NoError(t, os.WriteFile(dir+"notables.ndjson", []byte(out), 0o644))
	}
	assert.Equal(t, readText(t, dir+"notables.ndjson"), out)
	assert.Equal(t, `{"lines":59,"counted":57,"duplicates":1,"late":1,"bad":1,"unmatched":0,"rule_errors":0,"notables":9}`+"\n", errs)
	for workers := range 4 {
		code, again, errs := runRisk(t, "", append(args, "--workers", fmt.Sprint(workers), "--state", t.TempDir())...)
		require.Equal(t, exitDone, code, errs)
		assert.Equal(t, out, again, "%d workers", workers)
	}
}

// TestRulesMatchEnrichedEvents runs the rules of the sample organisation, which use
// fields that enrichment adds.
func TestRulesMatchEnrichedEvents(t *testing.T) {
	const dir = "../../testdata/acme/"
	var enriched, errs bytes.Buffer
	code := run(context.Background(), []string{"enrich", "-q", "--config", dir + "kith.yaml", dir + "events/cim.ndjson"}, strings.NewReader(""), &enriched, &errs)
	require.Equal(t, exitDone, code, errs.String())
	code, _, messages := runRisk(t, enriched.String(), "--config", dir+"risk/kith.yaml", "-q", "--summary", "json")
	require.Equal(t, exitDone, code, messages)
	assert.NotContains(t, messages, `"counted":0`)
	assert.Contains(t, messages, `"late":0,"bad":0`)
}

// TestPublicDetectionsMatchTheirOwnResults reads 400 published detections as rules, and
// an event for each.
func TestPublicDetectionsMatchTheirOwnResults(t *testing.T) {
	rules, err := filepath.Abs("../../detect/testdata/detections.jsonl")
	require.NoError(t, err)
	dir := t.TempDir()
	config := filepath.Join(dir, "kith.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "risk: {rule_files: [%q]}\n", rules), 0o600))
	var events strings.Builder
	names := 0
	for line := range strings.Lines(readText(t, rules)) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, `{"name": `), `, "id"`)
		names++
		fmt.Fprintf(&events, `{"_time":%d,"source":%s,"user":"u","dest":"d","src":"s","risk_object":null}`+"\n", 1772359200+names, name)
	}
	require.Equal(t, 400, names)
	lines := strings.ReplaceAll(events.String(), `,"risk_object":null`, "")
	code, _, errs := runRisk(t, lines, "--config", config, "-q", "--summary", "json")
	require.Equal(t, exitDone, code, errs)
	assert.Contains(t, errs, `"lines":400,`)
	assert.Contains(t, errs, `"bad":0,"unmatched":0,`)
}

// makeState makes a state directory and returns its database and the output of kith risk
// top.
func makeState(t *testing.T) (dir, database, top string) {
	t.Helper()
	dir = t.TempDir()
	code, _, errs := runRisk(t, string(processLines(3000)), "-q", "--state", dir)
	require.Equal(t, exitDone, code, errs)
	code, top, errs = runRisk(t, "", "top", "--state", dir)
	require.Equal(t, exitDone, code, errs)
	return dir, filepath.Join(dir, "risk.db"), top
}

// TestDamagedStateIsRefusedOrUnread flips bits and truncates the database. kith risk top
// must refuse it, or print the same if the damage is in a part that it does not read,
// such as free pages.
func TestDamagedStateIsRefusedOrUnread(t *testing.T) {
	dir, database, top := makeState(t)
	whole, err := os.ReadFile(database)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(5, 5))
	found := 0
	for i := range 150 {
		damaged := bytes.Clone(whole)
		at := rng.IntN(len(damaged))
		damaged[at] ^= 1 << rng.IntN(8)
		if i%10 == 9 {
			damaged = damaged[:at]
		}
		require.NoError(t, os.WriteFile(database, damaged, 0o600))
		code, out, errs := runRisk(t, "", "top", "--state", dir)
		if code == exitDone {
			require.Equal(t, top, out, "byte %d of %d", at, len(whole))
			continue
		}
		found++
		require.Equal(t, exitFailed, code)
		require.Contains(t, errs, "kith: state directory "+dir+" ", "byte %d", at)
		require.NotContains(t, errs, "goroutine", "byte %d", at)
	}
	assert.Greater(t, found, 5)
}

// TestNewerStateIsRefused checks that a state of a newer version is refused and left
// unchanged.
func TestNewerStateIsRefused(t *testing.T) {
	dir, database, _ := makeState(t)
	db, err := bbolt.Open(database, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		sum := crc32.Checksum([]byte("version7"), crc32.MakeTable(crc32.Castagnoli))
		return tx.Bucket([]byte("meta")).Put([]byte("version"), []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum), '7'})
	}))
	require.NoError(t, db.Close())
	before := readText(t, database)
	for _, args := range [][]string{{"--state", dir}, {"top", "--state", dir}} {
		code, _, errs := runRisk(t, "", args...)
		assert.Equal(t, exitFailed, code)
		assert.Contains(t, errs, "kith: state directory "+dir+" has a newer version: 7, but this program reads up to 3\nkith: hint: use a newer kith, or another directory\n")
	}
	assert.Equal(t, before, readText(t, database))
}
