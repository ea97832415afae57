package tools

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Difference describes how the output of a tool differs from Kith's.
type Difference struct {
	Events  int  // number of compared events
	Missing int  // events that are absent from the output or not valid JSON there
	Fields  int  // events whose added fields differ
	Altered int  // events with a member whose value or type changed
	Numbers int  // events in which only the notation of numbers changed
	Order   bool // the events are in the same order
}

// String returns a short description.
func (d Difference) String() string {
	words := []string{}
	add := func(n int, what string) {
		if n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(d.Missing, "missing")
	add(d.Fields, "with other fields")
	add(d.Altered, "altered")
	add(d.Numbers, "with numbers rewritten")
	if !d.Order {
		words = append(words, "order lost")
	}
	if len(words) == 0 {
		return fmt.Sprintf("all %d equal", d.Events)
	}
	return fmt.Sprintf("of %d: %s", d.Events, strings.Join(words, ", "))
}

// Compare compares the events that a tool wrote with those that Kith wrote. It matches
// events by their uid. Added fields that are empty or null count as absent.
func Compare(want, got io.Reader) (Difference, error) {
	d := Difference{Order: true}
	expected := map[string]map[string]any{}
	var order []string
	if err := eachLine(want, func(line []byte) error {
		event, err := decodeEvent(line)
		if err != nil {
			return err
		}
		uid, _ := event["uid"].(string)
		expected[uid] = event
		order = append(order, uid)
		return nil
	}); err != nil {
		return d, err
	}
	d.Events = len(order)
	at, seen := 0, 0
	err := eachLine(got, func(line []byte) error {
		event, err := decodeEvent(line)
		if err != nil {
			return nil // not JSON: the event counts as missing
		}
		uid, _ := event["uid"].(string)
		w, found := expected[uid]
		if !found {
			return nil
		}
		if at < len(order) && order[at] != uid {
			d.Order = false
		}
		at++
		seen++
		delete(expected, uid)
		wantAdded, wantOwn := splitFields(w)
		gotAdded, gotOwn := splitFields(event)
		if !reflect.DeepEqual(wantAdded, gotAdded) {
			d.Fields++
		}
		switch {
		case reflect.DeepEqual(wantOwn, gotOwn):
		case reflect.DeepEqual(roundNumbers(wantOwn), roundNumbers(gotOwn)):
			d.Numbers++
		default:
			d.Altered++
		}
		return nil
	})
	d.Missing = d.Events - seen
	return d, err
}

func eachLine(r io.Reader, do func([]byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := do(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// decodeEvent decodes an event. Numbers keep their notation.
func decodeEvent(line []byte) (map[string]any, error) {
	var event map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	return event, d.Decode(&event)
}

// splitFields separates the added fields from the event's own.
func splitFields(event map[string]any) (added, own map[string]any) {
	added, own = map[string]any{}, map[string]any{}
	for name, value := range event {
		if !isAdded(name) {
			own[name] = value
		} else if value != nil && value != "" {
			added[name] = value
		}
	}
	return added, own
}

// roundNumbers converts numbers to float64, as most programs do.
func roundNumbers(members map[string]any) map[string]any {
	out := make(map[string]any, len(members))
	for name, value := range members {
		out[name] = value
		if n, is := value.(json.Number); is {
			if f, err := n.Float64(); err == nil {
				out[name] = f
			}
		}
	}
	return out
}

func isAdded(name string) bool {
	role, field, _ := strings.Cut(name, "_")
	for _, r := range Roles {
		for _, f := range Fields {
			if role == r && field == f {
				return true
			}
		}
	}
	return false
}
