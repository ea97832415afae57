package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
)

func TestByteSizeParsesAndPrints(t *testing.T) {
	for text, want := range map[string]int{
		"1": 1, "65536": 65536, "64KiB": 65536, "64k": 65536, "64 kib": 65536, "1MB": 1e6, "16MiB": 16 << 20, "1.5K": 1536, "1G": 1 << 30, "7b": 7,
	} {
		var b byteSize
		require.NoError(t, b.Set(text), "%q", text)
		assert.EqualValues(t, want, b, "%q", text)
	}
	for _, text := range []string{"", "x", "0", "-1", "2GiB", "KiB", "1TiB", "NaN", "1e99"} {
		var b byteSize
		assert.Error(t, b.Set(text), "%q", text)
	}
	for size, want := range map[byteSize]string{1: "1", 1000: "1000", 65536: "64KiB", 16 << 20: "16MiB", 1 << 30: "1GiB", 1<<20 + 1: "1048577"} {
		assert.Equal(t, want, size.String())
	}
}

// TestInterruptedEnrichFinishesReadEvents cancels the context while the input is open.
func TestInterruptedEnrichFinishesReadEvents(t *testing.T) {
	list := filepath.Join(t.TempDir(), "hosts.csv")
	require.NoError(t, os.WriteFile(list, []byte(hosts("ann")), 0o666))
	ctx, stop := context.WithCancel(t.Context())
	in, feed := io.Pipe()
	var out, errs bytes.Buffer
	go func() {
		_, _ = io.WriteString(feed, `{"src":"10.0.0.1"}`+"\n")
		_, _ = io.WriteString(feed, `{"src":"10.0.0.1"`) // is read after the first line
		stop()
	}()
	assert.Equal(t, exitDone, run(ctx, []string{"enrich", "--assets", list, "--fields", "owner"}, in, &out, &errs), errs.String())
	assert.Equal(t, `{"src":"10.0.0.1","src_owner":"ann"}`+"\n", out.String())
	assert.Contains(t, errs.String(), "kith: 1 event in ")
}

func TestSummaryTextAlignsCounts(t *testing.T) {
	s := enrichSummary{Stats: enrich.Stats{Events: 1234567, Unmatched: 1000, Bad: 7, LostMembers: 1}, took: 2 * time.Second, reloads: 3}
	s.matched = []int64{event.Src: 1233567, event.SrcUser: 12}
	assert.Equal(t, `kith: 1,234,567 events in 2s, 617,284/s
  matched    src       1,233,567
             src_user         12
  unmatched                1,000
  bad                          7
  reloads                      3
  1 member lost: no column in the CSV header
`, s.asText())
}

// hosts returns an asset list with one row.
func hosts(owner string) string { return "ip,owner\n10.0.0.1," + owner + "\n" }
