package risk_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

func TestReportShowsWindowsRulesAndFactors(t *testing.T) {
	e := engine(t, config(t, `{"factors":[{"name":"vip","multiply":1.5,"when":[{"field":"risk_object_category","op":"=","value":"vip"}]}]}`), risk.Options{Workers: 2})
	_, bad := add(e,
		modifier("2026-03-01T10:00:00Z", "jdoe", "40", `"source":"a","annotations":{"mitre_attack":"T1110"}`),
		modifier("2026-03-01T11:00:00Z", `ACME\\jdoe`, "30", `"source":"a"`),
		modifier("2026-03-01T12:00:00Z", "jdoe", "-10", `"source":"b","threat_object":"x"`),
		modifier("2026-03-01T12:00:00Z", "other", "7"))
	require.Empty(t, bad)
	found := e.Find("JDOE@corp.example")
	require.Equal(t, []detect.Object{{Key: "jdoe", Type: "user"}}, found)
	r, ok := e.Report(found[0])
	require.True(t, ok)
	assert.Equal(t, "jdoe", r.Object)
	assert.Equal(t, "high", r.Priority)
	require.Len(t, r.Windows, 2)
	assert.Equal(t, "24h", r.Windows[0].Window)
	assert.Equal(t, "7d", r.Windows[1].Window)
	text, _ := json.Marshal(r.Windows[0].Scores)
	assert.JSONEq(t, `{"sum":90,"elastic":23.495565,"google":66,"max_per_source":45}`, string(text))
	assert.Equal(t, []risk.FactorCount{{Factor: "vip", Events: 3}}, r.Factors)
	assert.Len(t, r.Contributions, 3)
	assert.False(t, r.Rules[0].Holds)

	notables, bad := add(e, modifier("2026-03-01T13:00:00Z", "jdoe", "60", `"source":"c"`))
	require.Empty(t, bad)
	r, _ = e.Report(found[0])
	require.True(t, r.Rules[0].Holds)
	assert.Equal(t, time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC), *r.Rules[0].Until)
	assert.Len(t, r.Rules[0].Without, 1)
	assert.Equal(t, []time.Time{time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC), time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)}, r.Rules[0].Fired)

	require.Len(t, notables, 1)
	require.Len(t, r.Rules[0].Notables, 2)
	assert.Contains(t, notables[0], `{"id":"`+r.Rules[0].Notables[1]+`"`)

	top := e.Top(24*time.Hour, risk.ProfileSum, 10)
	require.Len(t, top, 2)
	assert.Equal(t, "jdoe", top[0].Object)
	assert.Equal(t, score.Points(180), top[0].Score)
}
