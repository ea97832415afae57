package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/sections"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/risk"
)

// FuzzRules: a file of rules is taken, or refused in one line.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		`{"name":"a","when":[{"field":"b","op":"=","value":"c"}],"risk_objects":[{"field":"d","type":"user","score":1}]}`,
		`[{"name":"a","rba":{"message":"$a$ b","risk_objects":[{"field":"a","type":"user","score":12}],"threat_objects":[{"field":"b","type":"ip_address"}]},"tags":{"mitre_attack_id":["T1003"]}}]`,
		`{"search_name":"a","action.risk.param._risk":"[{\"risk_object_field\":\"user\",\"risk_object_type\":\"user\",\"risk_score\":3}]"}`,
		`{"name":"a","risk_objects":[{"field":"a","type":"user","score":1e999}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := detect.ParseRules([]byte(text))
		if err != nil {
			require.NotContains(t, problem.Plain(err.Error()), "\n")
			return
		}
		engine, err := risk.New(risk.Config{}, nil, risk.Options{Rules: []detect.RuleFile{{Name: "f", Rules: rules}}})
		if err != nil {
			return
		}
		engine.Add([][]byte{[]byte(`{"_time":"2026-03-01T10:00:00Z","search_name":"a","a":"x","b":"c","d":"y","user":"u"}`)})
	})
}

// FuzzModifiers: whatever lines come, each is counted as something, notables
// are JSON that adds up to the same with any number of workers, and a second
// engine says the same.
func FuzzModifiers(f *testing.F) {
	seed, err := os.ReadFile("../../testdata/acme/risk/modifiers.ndjson")
	require.NoError(f, err)
	f.Add(string(seed[:min(len(seed), 4096)]))
	f.Add(`{"_time":1e9,"risk_object":["a","A","b"],"risk_score":"200.0000005","annotations":{"mitre_attack":["T1003.001"]}}`)
	f.Add(`{"_time":"2026-03-01T10:00:00Z","risk_object":"\ud800","risk_score":-1e12,"orig_sid":"s","orig_rid":"1","threat_object":[1,null]}`)
	f.Add(`{"orig_time":"x","_time":"1e400","risk_object":1,"risk_score":101,"risk_object_type":["a"]}` + "\n\xff\n{}")
	now := func() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }
	f.Fuzz(func(t *testing.T, text string) {
		lines := bytes.Split([]byte(text), []byte("\n"))
		var first []string
		for _, workers := range []int{1, 3} {
			engine, err := risk.New(risk.Config{}, nil, risk.Options{Now: now, Workers: workers})
			require.NoError(t, err)
			result := engine.Add(lines)
			said := []string{}
			for _, n := range result.Notables {
				require.True(t, json.Valid(n.AppendJSON(nil)), "%s", n.AppendJSON(nil))
				said = append(said, string(n.AppendJSON(nil)))
			}
			s := engine.Summary()
			require.EqualValues(t, len(result.Bad), s.Bad)
			require.EqualValues(t, len(said), s.Notables)
			require.LessOrEqual(t, s.Bad+s.Unmatched, s.Lines)
			require.GreaterOrEqual(t, s.Bad+s.Unmatched+s.Counted+s.Duplicates+s.Late, s.Lines)
			if first == nil {
				first = said
			}
			require.Equal(t, first, said, "with %d workers", workers)
		}
	})
}

// fuzzSnapshot is a few assets and identities of every kind of key.
func fuzzSnapshot(t testing.TB) *enrich.Snapshot {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	put("hosts.csv", "ip,mac,nt_host,dns,owner,cim_entity_zone\n10.0.0.1|10.0.0.0/24|2001:db8::1|2001:db8::/32,00:00:5e:00:53:01,ws-17,ws-17.corp|*.lab,ann,\n"+
		"10.0.0.2,00:00:5e:00:53:02-00:00:5e:00:53:09,ws-18,,bob,emea\n,00:00:5e:00:53:00:00:01,ws-19,,,\n")
	put("people.csv", "identity,email,priority\nann|a.n,ann@corp.example,high\nbob,,low\n")
	put("kith.yaml", "assets: {sources: [{path: hosts.csv}]}\nidentities: {sources: [{path: people.csv}]}\n")
	c, err := config.Open(filepath.Join(dir, "kith.yaml"))
	require.NoError(t, err)
	v, err := lists.LoadVersion(t.Context(), c, "", lists.Options{})
	require.NoError(t, err)
	return v.Snapshot
}

// FuzzSnapshot changes bytes of a snapshot and makes its checksums right again:
// it is refused, or opened and its tables are asked; nothing panics. The values
// that a record shows are not looked at: they are checked by their checksum
// alone, and whoever makes that right may as well write what he likes.
func FuzzSnapshot(f *testing.F) {
	var w sections.Writer
	require.NoError(f, fuzzSnapshot(f).Put(&w))
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
		s, err := enrich.NewSnapshot(r, enrich.SnapshotOptions{})
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

// reseal makes the checksums of a snapshot right, as internal/sections lays them
// out; false if its directory cannot be followed.
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

// FuzzByteSize: a size that is taken prints as one that means the same.
func FuzzByteSize(f *testing.F) {
	for _, seed := range []string{"65536", "64KiB", "16MiB", "1.5GiB", "-1", "99999999999GiB", "0x10"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var size, again byteSize
		if size.Set(text) != nil {
			return
		}
		require.Positive(t, int64(size), "%q", text)
		require.NoError(t, again.Set(size.String()), "%q", text)
		assert.Equal(t, size, again, "%q", text)
	})
}
