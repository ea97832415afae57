package lists

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/snapshot"
)

const intuneDevices = "Device name,Primary user UPN,Wi-Fi MAC\nws-17,ann@corp.example,00005e005301\n"

// TestGuessIsReportedOrRefused checks who may allow or forbid a guess: the source, else the
// block; Options.NoGuess forbids it in any case.
func TestGuessIsReportedOrRefused(t *testing.T) {
	const refused = "devices.csv:1:1: no key column: the header looks like that of Microsoft Intune devices, but a guess is not accepted; " +
		`add to the source: columns: {"Device name": nt_host, "Primary user UPN": owner, "Wi-Fi MAC": mac}`
	const noted = "devices.csv:1: the columns are guessed to be those of Microsoft Intune devices; " +
		`to confirm this, add to the source: columns: {"Device name": nt_host, "Primary user UPN": owner, "Wi-Fi MAC": mac}`
	for _, test := range []struct {
		name, config string
		o            Options
		isRefused    bool
	}{
		{"by default", "assets: {sources: [{path: devices.csv}]}", Options{}, false},
		{"never for the source", "assets: {sources: [{path: devices.csv, guess: never}]}", Options{}, true},
		{"never for the block", "assets: {guess: never, sources: [{path: devices.csv}]}", Options{}, true},
		{"the source decides", "assets: {guess: never, sources: [{path: devices.csv, guess: auto}]}", Options{}, false},
		{"never for identities", "assets: {sources: [{path: devices.csv}]}\nidentities: {guess: never}", Options{}, false},
		{"strict", "assets: {sources: [{path: devices.csv, guess: auto}]}", Options{NoGuess: true}, true},
		{"confirmed", "assets: {guess: never, sources: [{path: devices.csv, columns: {Device name: nt_host, Primary user UPN: owner, Wi-Fi MAC: mac}}]}", Options{NoGuess: true}, false},
	} {
		c := configOf(t, test.config, map[string]string{"devices.csv": intuneDevices})
		l, err := Load(t.Context(), c, test.o)
		found := Check(t.Context(), c, nil, test.o)
		if test.isRefused {
			require.Error(t, err, test.name)
			assert.Contains(t, err.Error(), refused, test.name)
			require.Error(t, found.Err, test.name)
			assert.Contains(t, found.Err.Error(), refused, test.name)
			continue
		}
		require.NoError(t, err, test.name)
		require.NoError(t, found.Err, test.name)
		var notes []string
		for _, e := range l.Notices() {
			notes = append(notes, e.Error())
		}
		want := []string{noted}
		if test.name == "confirmed" {
			want = nil
		}
		assert.Equal(t, want, notes, test.name)
		assert.Empty(t, l.Losses(), test.name)
		assert.Empty(t, found.Unused, test.name)
		s, err := l.Snapshot()
		require.NoError(t, err, test.name)
		for _, key := range []string{"ws-17", "00:00:5e:00:53:01"} {
			_, ok := s.Assets.Lookup("", key)
			assert.True(t, ok, "%s: %s", test.name, key)
		}
	}
}

// TestReloadRefusesAGuessIfTheStartDid checks that a version that was loaded without guesses is
// not replaced by one that needs a guess.
func TestReloadRefusesAGuessIfTheStartDid(t *testing.T) {
	for _, noGuess := range []bool{false, true} {
		c := configOf(t, "assets: {sources: [{path: devices.csv}]}", map[string]string{"devices.csv": "nt_host\nws-17\n"})
		v, err := LoadVersion(t.Context(), c, "", Options{NoGuess: noGuess})
		require.NoError(t, err)
		assert.Empty(t, v.Notices)
		swapped := 0
		r, err := NewReloader(v, ReloadOptions{Swap: func(*snapshot.Snapshot) error { swapped++; return nil }})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile("devices.csv", []byte(intuneDevices), 0o600))
		err = r.Reload(t.Context())
		if noGuess {
			require.Error(t, err)
			assert.Contains(t, err.Error(), "a guess is not accepted")
			assert.Equal(t, 0, swapped)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, 1, swapped)
		assert.Len(t, r.inUse.Notices, 1)
	}
}
