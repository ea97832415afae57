package entity_test

import (
	"fmt"

	"github.com/kithsec/kith/entity"
)

func ExampleUrgency() {
	severity, _ := entity.ParsePriority("medium")
	for _, priority := range []entity.Priority{entity.Unset, entity.Low, entity.High, entity.Critical} {
		fmt.Printf("%q: %v\n", priority, entity.Urgency(severity, priority))
	}
	// Output:
	// "": low
	// "low": low
	// "high": medium
	// "critical": high
}

func ExampleParseZone() {
	fmt.Println(entity.ParseZone(" EMEA ") == entity.ParseZone("emea"))
	// Output: true
}
