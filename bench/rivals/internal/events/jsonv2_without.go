//go:build !goexperiment.jsonv2

package events

// jsonV2 is empty without GOEXPERIMENT=jsonv2.
func jsonV2(*lists, shape) []engine { return nil }
