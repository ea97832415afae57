package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// show prints the most important fields of notables.
func show(lines string) {
	for line := range strings.Lines(lines) {
		var n struct {
			Rule          string
			Object        string  `json:"normalized_risk_object"`
			Score         float64 `json:"risk_score"`
			Severity      string
			Priority      string
			Contributions []struct {
				Object  string `json:"risk_object"`
				Message string `json:"risk_message"`
			}
		}
		if err := json.Unmarshal([]byte(line), &n); err != nil {
			fmt.Println(err)
		}
		fmt.Println(n.Rule, n.Object, n.Score, n.Severity, n.Priority)
		for _, c := range n.Contributions {
			fmt.Printf("  %s: %s\n", c.Object, c.Message)
		}
	}
}
