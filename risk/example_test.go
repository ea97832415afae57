package risk_test

import (
	"fmt"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/risk/score"
)

// Two modifiers of one person bring the risk above the threshold that ships.
func ExampleEngine_Add() {
	e, err := risk.New(risk.Config{
		Factors: []detect.Factor{{Name: "vpn", Multiply: score.DecimalOf(1.5), When: []entity.Clause{{Field: "vpn", Op: "=", Value: entity.Literals{"true"}}}}},
	}, nil, risk.Options{Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }})
	if err != nil {
		fmt.Println(err)
		return
	}
	result := e.Add([][]byte{
		[]byte(`{"_time":"2026-03-01T10:00:00Z","risk_object":"jdoe","risk_object_type":"user","risk_score":40,"source":"Brute force","vpn":true}`),
		[]byte(`{"_time":"2026-03-01T10:30:00Z","risk_object":"JDOE","risk_object_type":"user","risk_score":45,"source":"New admin"}`),
		[]byte(`{"_time":"2026-03-01T10:31:00Z","risk_object":"jdoe","risk_score":"a lot"}`),
	})
	for _, n := range result.Notables {
		fmt.Println(n.Rule, n.Time.Format(time.Kitchen), n.Object.Key)
	}
	for _, b := range result.Bad {
		fmt.Println("line", b.Index+1, b.Reason)
	}
	// Output:
	// risk_threshold_24h 10:30AM jdoe
	// line 3 no readable score: risk_score is "a lot", which is not a number
}
