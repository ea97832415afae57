package term

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/jsonobject"
)

// WriteYAML writes v as one YAML document, from its JSON. Every text that might
// be read as anything but itself is quoted as in JSON, which YAML reads: the
// encoder of goccy/go-yaml lets 1e3 and escape sequences stand bare.
func WriteYAML(w io.Writer, v any) error {
	text, err := jsonobject.Marshal(v)
	if err != nil {
		return err
	}
	y := yamlWriter{in: json.NewDecoder(bytes.NewReader(text))}
	y.in.UseNumber()
	y.out.WriteString("---")
	if err := y.value(-1); err != nil {
		return err
	}
	_, err = w.Write(y.out.Bytes())
	return err
}

// yamlWriter turns a stream of JSON tokens into block style.
type yamlWriter struct {
	in  *json.Decoder
	out bytes.Buffer
}

// value writes the next value behind what introduces it ("key:" or "-"), which
// is indented by depth steps.
func (y *yamlWriter) value(depth int) error {
	token, err := y.in.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return y.members(depth+1, "{}")
	case json.Delim('['):
		return y.elements(depth+1, "[]")
	}
	y.out.WriteString(" " + scalar(token) + "\n")
	return nil
}

func (y *yamlWriter) members(depth int, empty string) error {
	if !y.in.More() {
		return y.close(empty)
	}
	// The first member of an element stands behind its dash.
	first := bytes.HasSuffix(y.out.Bytes(), []byte("-")) && !bytes.HasSuffix(y.out.Bytes(), []byte("---"))
	if !first {
		y.out.WriteByte('\n')
	}
	for y.in.More() {
		name, err := y.in.Token()
		if err != nil {
			return err
		}
		if first {
			y.out.WriteByte(' ')
			first = false
		} else {
			y.indent(depth)
		}
		y.out.WriteString(scalar(name) + ":")
		if err := y.value(depth); err != nil {
			return err
		}
	}
	return y.close("")
}

func (y *yamlWriter) elements(depth int, empty string) error {
	if !y.in.More() {
		return y.close(empty)
	}
	y.out.WriteByte('\n')
	for y.in.More() {
		y.indent(depth)
		y.out.WriteByte('-')
		if err := y.value(depth); err != nil {
			return err
		}
	}
	return y.close("")
}

// close reads the closing bracket, and writes what stands for nothing inside.
func (y *yamlWriter) close(empty string) error {
	if empty != "" {
		y.out.WriteString(" " + empty + "\n")
	}
	_, err := y.in.Token()
	return err
}

func (y *yamlWriter) indent(depth int) { y.out.WriteString(strings.Repeat("  ", depth)) }

// bare are the texts that no version of YAML reads as anything else, as long as
// they are none of yamlWords.
var bare = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./\\@+-]*( [A-Za-z0-9_./\\@+(][A-Za-z0-9_./\\@+()-]*)*$`)

var yamlWords = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

func scalar(token json.Token) string {
	switch t := token.(type) {
	case string:
		if bare.MatchString(t) && !slices.Contains(yamlWords, strings.ToLower(t)) {
			return t
		}
		text, _ := jsonobject.Marshal(t) // a string always has a JSON form
		return string(Escape(text))
	case json.Number:
		return t.String()
	case bool:
		if t {
			return "true"
		}
		return "false"
	}
	return "null"
}
