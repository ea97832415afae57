package enrich_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
)

// TestLateCandidates puts the only value that answers behind many that do not, in
// several roles and events at once, which share what is looked up together.
func TestLateCandidates(t *testing.T) {
	e := enricher(t, newLists(t, assetsCSV, identitiesCSV, listOptions{}), enrich.Options{Format: "ecs", Fields: []string{"nt_host", "email"}, Match: true})
	values := func(n int, last string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("nobody-%d", i))
		}
		list, err := json.Marshal(append(all, last))
		require.NoError(t, err)
		return string(list)
	}
	var in []string
	sizes := []int{0, 1, 2, 253, 254, 255, 256, 257, 511, 512, 513, 3000}
	for _, n := range sizes {
		in = append(in, fmt.Sprintf(`{"host":{"name":"nobody","ip":%s,"mac":"nobody"},"observer":{"name":["-","nobody"],"ip":%s},"user":{"name":%s}}`,
			values(n, "10.9.0.1"), values(n/2, "10.1.2.3"), values(n, "jdoe")))
	}
	out, stats := streamed(t, e, strings.Join(in, "\n"), enrich.StreamOptions{})
	require.EqualValues(t, len(in), stats.Matched[enrich.Host])
	require.EqualValues(t, len(in), stats.Matched[enrich.Dvc])
	require.EqualValues(t, len(in), stats.Matched[enrich.User])
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		alone, err := e.AppendJSON(nil, []byte(in[i]))
		require.NoError(t, err)
		require.Equal(t, string(alone), line)
		for _, want := range []string{
			`"host_nt_host":["srv-9"],"host_match":{"key":"10.9.0.1"`, `"dvc_nt_host":["ws-17"],"dvc_match":{"key":"10.1.2.3"`,
			`"user_email":"jdoe@corp.example","user_match":{"key":"jdoe"`,
		} {
			require.Contains(t, line, want, "%d values", sizes[i])
		}
	}
}
