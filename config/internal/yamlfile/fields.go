package yamlfile

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/kithsec/kith/internal/nearest"
)

// fieldSet lists the keys that a struct can be decoded from.
type fieldSet struct {
	index map[string][]int
	names []string        // in the order of the struct
	later map[string]bool // keys that Decode skips here, because they are decoded by their own path later
}

func fieldsOf(t reflect.Type) *fieldSet {
	s := &fieldSet{index: map[string][]int{}, later: map[string]bool{}}
	s.addFields(t, nil)
	return s
}

func (s *fieldSet) addFields(t reflect.Type, path []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int{}, path...), i)
		name := keyOf(f)
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			s.addFields(f.Type, index)
		case f.IsExported() && name != "-":
			s.index[name] = index
			s.names = append(s.names, name)
			_, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			s.later[name] = option == "later"
		}
	}
}

func keyOf(f reflect.StructField) string {
	if tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); tag != "" {
		return tag
	}
	return KeyName(f.Name)
}

// KeyName returns the key of a field without a yaml tag: max_rows_per_key for
// MaxRowsPerKey, es_factors for ESFactors.
func KeyName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		upper := 'A' <= c && c <= 'Z'
		begins := i > 0 && upper && (name[i-1] >= 'a' || i+1 < len(name) && name[i+1] >= 'a')
		if begins {
			b.WriteByte('_')
		}
		if upper {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// suggestKey returns the end of the message about an unknown key. It names the nearest
// key, or all keys if none is near.
func (s *fieldSet) suggestKey(key string) string {
	if near, ok := nearest.Of(key, s.names); ok {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ": use " + strings.Join(s.names, ", ")
}
