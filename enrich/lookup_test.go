package enrich_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/event"
)

// TestLastOfManyCandidatesMatches puts the only value that matches after many that do
// not, in several roles and events of one batch. Every other event is in a zone in
// which the same values belong to other entities.
func TestLastOfManyCandidatesMatches(t *testing.T) {
	l := newLists(t, `ip,nt_host,cim_entity_zone
10.9.0.1,srv-9,
10.1.2.3,ws-17,
10.9.0.1,srv-9-emea,emea
10.1.2.3,ws-17-emea,emea
`, `identity,email,cim_entity_zone
jdoe,jdoe@corp.example,
jdoe,jdoe@emea.example,emea
`, listOptions{})
	e := enricher(t, l, enrich.Options{Format: "ecs", Fields: []string{"nt_host", "email"}, Match: true})
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
	sizes := []int{0, 0, 1, 1, 2, 2, 253, 254, 255, 256, 257, 511, 512, 513, 3000, 3000}
	for i, n := range sizes {
		in = append(in, fmt.Sprintf(`{"host":{"name":"nobody","ip":%s,"mac":"nobody"},"observer":{"name":["-","nobody"],"ip":%s},"user":{"name":%s},"cim_entity_zone":%q}`,
			values(n, "10.9.0.1"), values(n/2, "10.1.2.3"), values(n, "jdoe"), []string{"", "emea"}[i%2]))
	}
	out, stats := streamed(t, e, strings.Join(in, "\n"), enrich.StreamOptions{})
	require.EqualValues(t, len(in), stats.Matched(event.Host))
	require.EqualValues(t, len(in), stats.Matched(event.Dvc))
	require.EqualValues(t, len(in), stats.Matched(event.User))
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		alone, _, err := e.AppendJSON(nil, []byte(in[i]))
		require.NoError(t, err)
		require.Equal(t, string(alone), line)
		suffix, domain := []string{"", "-emea"}[i%2], []string{"corp", "emea"}[i%2]
		for _, want := range []string{
			`"host_nt_host":["srv-9` + suffix + `"],"host_match":{"key":"10.9.0.1"`,
			`"dvc_nt_host":["ws-17` + suffix + `"],"dvc_match":{"key":"10.1.2.3"`,
			`"user_email":"jdoe@` + domain + `.example","user_match":{"key":"jdoe"`,
		} {
			require.Contains(t, line, want, "%d values", sizes[i])
		}
	}
}
