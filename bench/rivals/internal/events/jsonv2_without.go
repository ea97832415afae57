//go:build !goexperiment.jsonv2

package events

// jsonV2 returns no engines without GOEXPERIMENT=jsonv2.
func jsonV2(*lists, shape) []engine { return nil }
