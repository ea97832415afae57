package pipeline_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/pipeline"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
	"github.com/kithsec/kith/snapshot"
)

// Failed logons are enriched and scored in one pass. The two spellings of the account
// resolve to one risk object, whose scores add up to a notable.
func Example() {
	const hr = "identity,email,priority\njdoe,jane.doe@acme.example,critical\n"
	people, err := merge.Merge(entity.Identity, []merge.Source{{
		Name: "hr",
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(hr)), nil },
	}}, merge.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	tables, err := snapshot.Build(nil, people.Entities, snapshot.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	sixty, err := score.ParseDecimal("60")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := pipeline.New(tables, pipeline.Options{
		Risk: risk.Config{Rules: []detect.Rule{{
			Name:        "failed logon",
			When:        []entity.Clause{{Field: "action", Op: "=", Value: entity.Literals{"failure"}}},
			RiskObjects: []detect.RiskObject{{Field: "user"}},
			Message:     "failed logon of $user$",
			Score:       sixty,
		}}},
		Notable: func(n *risk.Notable) error {
			fmt.Println(n.Rule, n.Object.Normalized(), n.Score, n.Urgency)
			for _, c := range n.Contributions {
				fmt.Println(" ", c.Value, c.Message)
			}
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	events := `{"_time":"2026-03-01T08:00:00Z","user":"jdoe","action":"failure"}
{"_time":"2026-03-01T08:00:01Z","user":"ACME\\jdoe","action":"failure"}
`
	summary, err := p.Run(context.Background(), io.Discard, strings.NewReader(events))
	fmt.Println(summary.Lines, summary.Risk.Notables, err)
	// Output:
	// risk_threshold_24h jdoe 120 high
	//   60 failed logon of jdoe
	//   60 failed logon of ACME\jdoe
	// 2 1 <nil>
}
