package snapshot

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/merge"
	"github.com/stretchr/testify/require"
)

// fuzzSnapshot returns a few assets and identities, with keys of every kind.
func fuzzSnapshot(f *testing.F) *Snapshot {
	merged := func(kind entity.Kind, text string) *entity.Entities {
		r, err := merge.Merge(kind, []merge.Source{{Name: "a", Path: "a.csv", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}}}, merge.Options{})
		require.NoError(f, err)
		return r.Entities
	}
	s, err := Build(
		merged(entity.Asset, "ip,mac,nt_host,dns,owner,cim_entity_zone\n10.0.0.1|10.0.0.0/24|2001:db8::1|2001:db8::/32,00:00:5e:00:53:01,ws-17,ws-17.corp|*.lab,ann,\n"+
			"10.0.0.2,00:00:5e:00:53:02-00:00:5e:00:53:09,ws-18,,bob,emea\n,00:00:5e:00:53:00:00:01,ws-19,,,\n"),
		merged(entity.Identity, "identity,email,priority\nann|a.n,ann@corp.example,high\nbob,,low\n"), Options{})
	require.NoError(f, err)
	return s
}

// FuzzSnapshot changes bytes of a snapshot and corrects its checksums. Open must reject
// it, or lookups in its tables must not panic. The values of records are not read: they
// are protected only by their checksum.
func FuzzSnapshot(f *testing.F) {
	var w sections.Writer
	require.NoError(f, fuzzSnapshot(f).putTables(&w))
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(f, err)
	good := b.Bytes()
	for at := range 64 {
		f.Add(uint32(at*len(good)/64), []byte{0xff})
		f.Add(uint32(at*len(good)/64), []byte{0, 0, 0, 0x80})
	}
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		forged := bytes.Clone(good)
		copy(forged[int(at)%len(forged):], with)
		if !reseal(forged) {
			return
		}
		r, err := sections.Open(forged)
		if err != nil {
			return
		}
		s, err := openSections(r, Options{})
		if err != nil {
			return
		}
		for _, key := range []string{"10.0.0.1", "10.0.0.77", "2001:db8::1", "00:00:5e:00:53:01", "00:00:5e:00:53:05", "ws-17", "x.lab", "00:00:5e:00:53:00:00:01", "ann@corp.example", `x\bob`} {
			for _, zone := range []entity.Zone{"", "emea"} {
				if s.Assets != nil {
					_, _ = s.Assets.Lookup(zone, key)
				}
				if s.Identities != nil {
					_, _ = s.Identities.Lookup(zone, key)
				}
			}
		}
	})
}

// reseal corrects the checksums of a snapshot in the layout of internal/sections. It
// reports whether the directory is well-formed.
func reseal(data []byte) bool {
	sum := func(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }
	le := binary.LittleEndian
	start := le.Uint64(data[16:])
	if start > uint64(len(data)) {
		return false
	}
	for dir := data[start:]; len(dir) >= 4; {
		n := uint64(le.Uint32(dir))
		if uint64(len(dir)) < 4+n+20 {
			return false
		}
		entry := dir[4+n:]
		from, size := le.Uint64(entry), le.Uint64(entry[8:])
		if from > start || size > start-from {
			return false
		}
		le.PutUint32(entry[16:], sum(data[from:from+size]))
		dir = entry[20:]
	}
	le.PutUint32(data[32:], sum(data[start:]))
	le.PutUint32(data[60:], sum(data[:60]))
	return true
}
