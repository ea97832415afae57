package snapshot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/assets"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/identities"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// acmeSnapshot returns the sample organisation.
func acmeSnapshot(t testing.TB) *snapshot.Snapshot {
	t.Helper()
	a, err := merge.Merge(entity.Asset, []merge.Source{listFile("../testdata/acme/assets.csv")}, merge.Options{})
	require.NoError(t, err)
	i, err := merge.Merge(entity.Identity, []merge.Source{listFile("../testdata/acme/identities.csv")}, merge.Options{})
	require.NoError(t, err)
	at, err := assets.NewTable(a.Entities, assets.Options{})
	require.NoError(t, err)
	it, err := identities.NewTable(i.Entities, identities.Options{})
	require.NoError(t, err)
	return &snapshot.Snapshot{Assets: at, Identities: it}
}

// TestOpenedFileEnrichesLikeTheOriginal compares the output for all sample events.
func TestOpenedFileEnrichesLikeTheOriginal(t *testing.T) {
	s := acmeSnapshot(t)
	path := filepath.Join(t.TempDir(), "acme.kith")
	require.NoError(t, s.WriteFile(path))
	require.NoError(t, s.WriteFile(path), "WriteFile over an existing file")
	opened, err := snapshot.Open(path, snapshot.Options{})
	require.NoError(t, err)
	for _, format := range []string{"cim", "windows", "zeek", "ecs"} {
		events, err := os.ReadFile("../testdata/acme/events/" + format + ".ndjson")
		require.NoError(t, err)
		want := enriched(t, s, enrich.Options{Format: format, Match: true}, events)
		got := enriched(t, opened, enrich.Options{Format: format, Match: true}, events)
		require.Equal(t, want, got, format)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	require.NoError(t, err)
	assert.Empty(t, left, "temporary files left")
}

// TestFileMayLackKindsOfKeys writes tables with keys of only one kind, or none.
func TestFileMayLackKindsOfKeys(t *testing.T) {
	hosts := "ip,nt_host\n"
	for i := range 20 {
		hosts += fmt.Sprintf("10.0.0.%d,ws-%d\n", i, i)
	}
	for name, list := range map[string]string{
		"hosts": hosts, "one host": "ip\n10.1.2.3\n", "IPv6 hosts": "ip\n2001:db8::1\n2001:db8::2\n", "networks": "ip\n10.0.0.0/8\n",
		"names": "nt_host\nws-17\n", "suffixes": "dns\n*.corp.example\n", "MACs": "mac\n02:00:00:00:00:01\n", "nothing": "ip,owner\n",
		"another zone": "ip,cim_entity_zone\n10.1.2.3,emea\n",
	} {
		m, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(list)), nil
		}}}, merge.Options{})
		require.NoError(t, err, name)
		table, err := assets.NewTable(m.Entities, assets.Options{})
		require.NoError(t, err, name)
		s := &snapshot.Snapshot{Assets: table}
		path := filepath.Join(t.TempDir(), "list.kith")
		require.NoError(t, s.WriteFile(path), name)
		opened, err := snapshot.Open(path, snapshot.Options{})
		require.NoError(t, err, name)
		events := []byte(`{"src":"10.0.0.7","dest":"10.1.2.3","dvc":"ws-17"}` + "\n" + `{"src":"2001:db8::2","dest":"a.corp.example","dvc":"02-00-00-00-00-01"}` + "\n")
		require.Equal(t, enriched(t, s, enrich.Options{Match: true}, events), enriched(t, opened, enrich.Options{Match: true}, events), name)
	}
}

func TestOpenRejectsDamagedFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme.kith")
	require.NoError(t, acmeSnapshot(t).WriteFile(path))
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	for at := 0; at < len(good); at += 997 {
		bad := append([]byte(nil), good...)
		bad[at] ^= 1
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		if _, err := snapshot.Open(path, snapshot.Options{}); err != nil {
			assert.True(t, isFileError(err), "byte %d: %v", at, err)
		}
	}
	require.NoError(t, os.WriteFile(path, good[:len(good)/2], 0o600))
	_, err = snapshot.Open(path, snapshot.Options{})
	require.ErrorIs(t, err, sections.ErrChecksum)
	require.NoError(t, os.WriteFile(path, []byte("ip,nt_host\n"), 0o600))
	_, err = snapshot.Open(path, snapshot.Options{})
	require.ErrorIs(t, err, sections.ErrFormat)
}

func isFileError(err error) bool {
	return errors.Is(err, sections.ErrFormat) || errors.Is(err, sections.ErrChecksum) || errors.Is(err, sections.ErrVersion)
}

func listFile(path string) merge.Source {
	return merge.Source{Name: path, Path: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

func enriched(t testing.TB, s *snapshot.Snapshot, o enrich.Options, events []byte) string {
	t.Helper()
	e, err := enrich.New(s, o)
	require.NoError(t, err)
	var out bytes.Buffer
	_, err = e.Stream(context.Background(), &out, bytes.NewReader(events), enrich.StreamOptions{})
	require.NoError(t, err)
	return out.String()
}

// TestWriteFileKeepsTheMode replaces a file, which must not leave a temporary file.
func TestWriteFileKeepsTheMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	path := filepath.Join(t.TempDir(), "s.kith")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, acmeSnapshot(t).WriteFile(path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, files, 1)
}

// TestFileContainsEntities reads the entities that were written with the tables.
func TestFileContainsEntities(t *testing.T) {
	merged, err := merge.Merge(entity.Asset, []merge.Source{listFile("../testdata/acme/assets.csv")}, merge.Options{})
	require.NoError(t, err)
	built, err := snapshot.Build(merged.Entities, nil, snapshot.Options{})
	require.NoError(t, err)
	assert.Nil(t, built.Identities)
	_, err = built.Entities(entity.Asset)
	require.ErrorIs(t, err, sections.ErrFormat, "Entities of a built snapshot")
	require.NoError(t, built.Close(), "Close of a built snapshot")

	path := filepath.Join(t.TempDir(), "acme.kith")
	require.NoError(t, built.WriteFile(path, merged.Entities))
	opened, err := snapshot.Open(path, snapshot.Options{})
	require.NoError(t, err)
	got, err := opened.Entities(entity.Asset)
	require.NoError(t, err)
	assert.Equal(t, merged.Entities.Len(), got.Len())
	_, err = opened.Entities(entity.Identity)
	require.ErrorIs(t, err, sections.ErrFormat)
}

// TestCloseLeavesAnEmptySnapshot closes a snapshot twice.
func TestCloseLeavesAnEmptySnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acme.kith")
	require.NoError(t, acmeSnapshot(t).WriteFile(path))
	s, err := snapshot.Open(path, snapshot.Options{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, found := s.Resolve("", "10.0.0.1", "")
	assert.False(t, found)
}
