package lookup

import (
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/bench/rivals/internal/measure"
)

// linearScan is the obviously correct lookup.
func linearScan(t *Table, a netip.Addr) uint32 {
	best, bits := none, -1
	for i, p := range t.All() {
		if p.Contains(a) && p.Bits() > bits {
			best, bits = i, p.Bits()
		}
	}
	return best
}

// All other engines are compared with the maps.
func TestMapsAgreeWithLinearScan(t *testing.T) {
	table := Enterprise("test", 300, 200, 100)
	table.Prefixes = append([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}, table.Prefixes...)
	truth := &maps{}
	require.NoError(t, truth.Build(table))
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		a := addrIn(r, table.Entry(r.Uint32N(uint32(table.Len()))))
		require.Equal(t, linearScan(table, a), truth.lookup(a), "%v", a)
	}
}

// TestEnginesAgree builds all engines and compares their answers.
func TestEnginesAgree(t *testing.T) {
	internet := filepath.Join(t.TempDir(), "prefixes.txt")
	require.NoError(t, os.WriteFile(internet, []byte("1.0.0.0/24\n1.0.0.0/8\n9.9.9.9/32\n2001:db8::/32\n100.64.0.0/10\n"), 0o600))
	reports, err := Run(Options{
		Measure: measure.Options{Rounds: 1, Budget: time.Microsecond},
		Assets:  3_000, Prefixes: internet, Keys: 4 * keysPerCall, Progress: io.Discard,
	})
	require.NoError(t, err)
	require.Len(t, reports, 5)
	for _, report := range reports {
		require.NotEmpty(t, report.Rows)
		for _, row := range report.Rows {
			assert.NotContains(t, row.Verdict, "WRONG", "%s: %s", report.Title, row.Name)
			assert.NotEmpty(t, row.Cells, "%s: %s", report.Title, row.Name)
		}
	}
}

func TestReadPrefixesRejectsInvalidFiles(t *testing.T) {
	_, err := ReadPrefixes(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	bad := filepath.Join(t.TempDir(), "bad.txt")
	require.NoError(t, os.WriteFile(bad, []byte("10.0.0.0/33\n"), 0o600))
	_, err = ReadPrefixes(bad)
	assert.ErrorContains(t, err, "bad.txt: netip.ParsePrefix")
}
