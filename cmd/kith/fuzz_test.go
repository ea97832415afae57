package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/risk"
)

// FuzzRules checks that a file of rules is accepted, or rejected with a message
// of one line.
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

// FuzzModifiers checks that every line is counted once, that notables are valid JSON,
// and that they do not depend on the number of workers.
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
			notables := []string{}
			for _, n := range result.Notables {
				require.True(t, json.Valid(n.AppendJSON(nil)), "%s", n.AppendJSON(nil))
				notables = append(notables, string(n.AppendJSON(nil)))
			}
			s := engine.Summary()
			require.EqualValues(t, len(result.Bad), s.Bad)
			require.EqualValues(t, len(notables), s.Notables)
			require.LessOrEqual(t, s.Bad+s.Unmatched, s.Lines)
			require.GreaterOrEqual(t, s.Bad+s.Unmatched+s.Counted+s.Duplicates+s.Late, s.Lines)
			if first == nil {
				first = notables
			}
			require.Equal(t, first, notables, "with %d workers", workers)
		}
	})
}

// FuzzByteSize checks that an accepted size is formatted as a text that is parsed
// as the same size.
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
