package yamlfile

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"github.com/kithsec/kith/internal/problem"
)

// unmarshaler is implemented by types that accept several forms, such as "low" or a
// list of steps: UnmarshalYAML calls decode with a pointer to each form in turn. Other
// YAML packages define the same interface, so that a type need not import any.
type unmarshaler interface {
	UnmarshalYAML(decode func(any) error) error
}

// nullUnmarshaler is implemented by types for which null is not the same as an absent key.
type nullUnmarshaler interface{ UnmarshalNull() }

// Decode decodes the node at path ("" is the whole file) into the value that into
// points to. Fields whose keys are not in the file keep their values. The error joins
// one *problem.InFile for every problem, in the order of the file.
func (f *File) Decode(path string, into any) error {
	_, n := f.findPath(path)
	if n == nil {
		return nil
	}
	d := &decoder{File: f}
	d.decodeValue(n, reflect.ValueOf(into).Elem(), path)
	return errors.Join(d.problems...)
}

type decoder struct {
	*File
	problems []error
}

func (d *decoder) report(at *token.Position, format string, args ...any) {
	d.problems = append(d.problems, d.problemAt(at, format, args...))
}

// reportMismatch reports that the value of the key name is n, but should be what.
func (d *decoder) reportMismatch(n ast.Node, name, what string) {
	if name != "" {
		name += ": "
	}
	d.report(startOf(n), "%smust be %s, not %s", name, what, describeNode(n))
}

// decodeValue decodes n into v. Problems refer to the value as name.
func (d *decoder) decodeValue(n ast.Node, v reflect.Value, name string) {
	written := n
	n = d.resolveAlias(n)
	switch n := n.(type) {
	case nil:
		d.report(startOf(written), "no anchor %q before this alias", aliasName(written))
		return
	case *ast.TagNode:
		d.report(startOf(n), "tags are not used here: remove %s", n.GetToken().Value)
		return
	case *ast.NullNode:
		if custom, ok := v.Addr().Interface().(nullUnmarshaler); ok {
			custom.UnmarshalNull()
		}
		return
	}
	if !d.decodeCustom(n, v, name) {
		d.decodeBuiltin(n, v, name)
	}
}

// decodeCustom decodes n into a type that implements unmarshaler or
// encoding.TextUnmarshaler. It reports whether v is of such a type.
func (d *decoder) decodeCustom(n ast.Node, v reflect.Value, name string) bool {
	switch u := v.Addr().Interface().(type) {
	case unmarshaler:
		err := u.UnmarshalYAML(func(into any) error {
			part := &decoder{File: d.File}
			part.decodeValue(n, reflect.ValueOf(into).Elem(), name)
			return errors.Join(part.problems...)
		})
		d.addErrors(n, name, err)
	case encoding.TextUnmarshaler:
		s, ok := scalarText(n)
		if !ok {
			d.reportMismatch(n, name, "a string")
			return true
		}
		d.addErrors(n, name, u.UnmarshalText([]byte(s)))
	default:
		return false
	}
	return true
}

// addErrors appends the problems that err joins. A problem without a place gets the
// place of n.
func (d *decoder) addErrors(n ast.Node, name string, err error) {
	var p *problem.InFile
	switch joined, many := err.(interface{ Unwrap() []error }); {
	case err == nil:
	case many:
		for _, e := range joined.Unwrap() {
			d.addErrors(n, name, e)
		}
	case errors.As(err, &p):
		d.problems = append(d.problems, err)
	default:
		d.report(startOf(n), "%s: %v", name, err)
	}
}

func (d *decoder) decodeBuiltin(n ast.Node, v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		d.decodeDuration(n, v, name)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decodeValue(n, v.Elem(), name)
	case reflect.Struct:
		d.decodeStruct(n, v, name)
	case reflect.Map:
		d.decodeMap(n, v, name)
	case reflect.Slice:
		d.decodeSlice(n, v, name)
	default:
		d.decodeScalar(n, v, name)
	}
}

// eachPair calls do for every pair of a mapping. It reports repeated keys and skips
// them.
func (d *decoder) eachPair(n ast.Node, name string, do func(pair)) {
	own, merged, ok := d.pairsOf(n)
	if !ok {
		d.reportMismatch(n, name, "a mapping")
		return
	}
	lines := map[string]int{}
	for _, p := range own {
		if line, twice := lines[p.key]; twice {
			d.report(p.at, "key %q is given twice (first on line %d)", p.key, line)
			continue
		}
		lines[p.key] = p.at.Line
		do(p)
	}
	for _, p := range merged {
		if _, given := lines[p.key]; !given {
			lines[p.key] = p.at.Line
			do(p)
		}
	}
}

func (d *decoder) decodeStruct(n ast.Node, v reflect.Value, name string) {
	known := fieldsOf(v.Type())
	d.eachPair(n, name, func(p pair) {
		index, ok := known.index[p.key]
		if !ok {
			d.report(p.at, "unknown key %q%s", p.key, known.suggestKey(p.key))
			return
		}
		field := v.FieldByIndex(index)
		if known.later[p.key] {
			field = reflect.ValueOf(new(discarded)).Elem()
		}
		d.decodeValue(p.value, field, p.key)
	})
}

// discarded decodes from any value and ignores it.
type discarded struct{}

func (*discarded) UnmarshalYAML(func(any) error) error { return nil }

func (d *decoder) decodeMap(n ast.Node, v reflect.Value, name string) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	d.eachPair(n, name, func(p pair) {
		e := reflect.New(v.Type().Elem()).Elem()
		d.decodeValue(p.value, e, p.key)
		v.SetMapIndex(reflect.ValueOf(p.key).Convert(v.Type().Key()), e)
	})
}

func (d *decoder) decodeSlice(n ast.Node, v reflect.Value, name string) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.reportMismatch(n, name, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values)))
	for i, e := range s.Values {
		element := fmt.Sprintf("%s[%d]", name, i)
		if _, null := d.resolveAlias(e).(*ast.NullNode); null {
			d.report(startOf(e), "%s: the element is empty", element)
			continue
		}
		d.decodeValue(e, v.Index(i), element)
	}
}

func (d *decoder) decodeScalar(n ast.Node, v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		s, ok := scalarText(n)
		if !ok {
			d.reportMismatch(n, name, "a string")
			return
		}
		v.SetString(s)
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.reportMismatch(n, name, "true or false")
			return
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int64:
		i, ok := integerValue(n)
		if !ok || v.OverflowInt(i) {
			d.reportMismatch(n, name, "a whole number")
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		x, ok := floatValue(n)
		if !ok {
			d.reportMismatch(n, name, "a number")
			return
		}
		v.SetFloat(x)
	default:
		panic("yamlfile: cannot decode into " + v.Type().String())
	}
}

func integerValue(n ast.Node) (int64, bool) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		return 0, false
	}
	switch x := i.Value.(type) {
	case int64:
		return x, true
	case uint64:
		return int64(x), x <= math.MaxInt64
	}
	return 0, false
}

func floatValue(n ast.Node) (float64, bool) {
	if i, ok := integerValue(n); ok {
		return float64(i), true
	}
	if x, ok := n.(*ast.FloatNode); ok {
		return x.Value, !math.IsInf(x.Value, 0)
	}
	return 0, false
}

func (d *decoder) decodeDuration(n ast.Node, v reflect.Value, name string) {
	s, _ := scalarText(n)
	length, err := ParseDuration(s)
	if err != nil {
		d.reportMismatch(n, name, "a duration like 7d, 1h30m, 90s or 250ms")
		return
	}
	v.SetInt(int64(length))
}

// ParseDuration parses a duration like time.ParseDuration, but also accepts days of 24
// hours, as in "7d" or "1d12h". A negative duration is an error.
func ParseDuration(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "", s
	}
	var length time.Duration
	if found {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("bad duration %q", s)
		}
		length = time.Duration(n) * 24 * time.Hour
	}
	if rest != "" {
		part, err := time.ParseDuration(rest)
		if err != nil || part < 0 || strings.ContainsAny(rest[:1], "+-") {
			return 0, fmt.Errorf("bad duration %q", s)
		}
		length += part
	}
	if s == "" || length < 0 {
		return 0, fmt.Errorf("bad duration %q", s)
	}
	return length, nil
}
