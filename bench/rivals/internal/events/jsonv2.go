//go:build goexperiment.jsonv2

package events

import (
	"encoding/json"
	jsonv2 "encoding/json/v2"
)

// jsonV2 returns the engines that need GOEXPERIMENT=jsonv2. With it, encoding/json uses the
// engine of version 2, too.
func jsonV2(l *lists, s shape) []engine { return []engine{&v2Any{decoder: l.decoder(s)}} }

// v2Any is stdAny with encoding/json/v2.
type v2Any struct{ decoder }

func (*v2Any) Name() string { return "encoding/json/v2, map[string]any" }

func (v *v2Any) Enrich(dst, event []byte) ([]byte, error) {
	var m map[string]any
	if err := jsonv2.Unmarshal(event, &m); err != nil {
		return dst, err
	}
	keys := v.keysOf(m)
	v.addFields(&keys, func(name string, value json.RawMessage) { m[name] = value })
	out, err := jsonv2.Marshal(m)
	return append(dst, out...), err
}
