package term

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func modifierGrid() *Grid {
	var g Grid
	g.AddRow("time", "counts", "how", "source", "message", "as")
	g.AddRow("2026-03-01T08:00:05Z", "25", "20 ×1.25 high_priority_user", "Password spray", "3 of 40 accounts", `ACME\jdoe`)
	g.AddRow("2026-03-01T08:00:41Z", "7", "7", "", "", "东京都-01")
	return &g
}

func TestStackedRowsTakeTwoLines(t *testing.T) {
	for _, test := range []struct {
		width int
		want  string
	}{
		{0, `
time                  counts  how                          source          message           as
2026-03-01T08:00:05Z  25      20 ×1.25 high_priority_user  Password spray  3 of 40 accounts  ACME\jdoe
2026-03-01T08:00:41Z  7       7                                                              东京都-01
`},
		{60, `
time                  counts  how
                      source  message  as
2026-03-01T08:00:05Z  25      20 ×1.25 high_priority_user
                      Password spray  3 of 40 accounts
                      ACME\jdoe
2026-03-01T08:00:41Z  7       7
                      东京都-01
`},
		{45, `
time                  counts  how
                      source  message  as
2026-03-01T08:00:05Z  25      20 ×1.25
                              high_priority_u
                              ser
                      Password spray  3 of 40
                      accounts  ACME\jdoe
2026-03-01T08:00:41Z  7       7
                      东京都-01
`},
	} {
		g := modifierGrid()
		g.StackWidth(3, test.width)
		var b strings.Builder
		g.Print(&b, "")
		assert.Equal(t, strings.TrimPrefix(test.want, "\n"), b.String(), "StackWidth(3, %d)", test.width)
	}
}

func TestTooWideTableIsTransposed(t *testing.T) {
	table := func(width int) string {
		var g Grid
		g.AddRow("window", "sum", "elastic")
		g.AddRow("24h", "181.25", "27.3")
		g.AddRow("7d", "190", "30")
		g.TransposeWidth(width)
		var b strings.Builder
		g.Print(&b, "")
		return b.String()
	}
	const usual = "window  sum     elastic\n24h     181.25  27.3\n7d      190     30\n"
	assert.Equal(t, usual, table(0))
	assert.Equal(t, usual, table(23))
	assert.Equal(t, "window   24h     7d\nsum      181.25  190\nelastic  27.3    30\n", table(22))
}

func TestKeptColumnsAreNotCut(t *testing.T) {
	var g Grid
	g.AddRow("id", "time", "object", "rule")
	g.AddRow("8010281c", "2026-03-01T08:05:00Z", "jdoe@acme.example", "risk_threshold_24h")
	g.KeepColumns(2)
	g.FitWidth(55)
	var b strings.Builder
	g.Print(&b, "")
	assert.Equal(t, "id        time                  object         rule\n8010281c  2026-03-01T08:05:00Z  jdoe@acme.ex…  risk_th…\n", b.String())
}
