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

// WriteYAML writes the JSON form of v as one YAML document. A text that a YAML reader
// might take for something else is quoted as in JSON, which is valid YAML. The encoder
// of goccy/go-yaml is not used because it leaves 1e3 and escape sequences unquoted.
func WriteYAML(w io.Writer, v any) error {
	text, err := jsonobject.Marshal(v)
	if err != nil {
		return err
	}
	y := yamlWriter{in: json.NewDecoder(bytes.NewReader(text))}
	y.in.UseNumber()
	y.out.WriteString("---")
	if err := y.writeValue(-1); err != nil {
		return err
	}
	_, err = w.Write(y.out.Bytes())
	return err
}

// yamlWriter converts a stream of JSON tokens to YAML's block style.
type yamlWriter struct {
	in  *json.Decoder
	out bytes.Buffer
}

// writeValue writes the next value after its introduction ("key:" or "-"), which is
// indented by depth levels.
func (y *yamlWriter) writeValue(depth int) error {
	token, err := y.in.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return y.writeMembers(depth+1, "{}")
	case json.Delim('['):
		return y.writeElements(depth+1, "[]")
	}
	y.out.WriteString(" " + formatScalar(token) + "\n")
	return nil
}

// writeMembers writes the members of an object, or empty if there are none.
func (y *yamlWriter) writeMembers(depth int, empty string) error {
	if !y.in.More() {
		return y.closeContainer(empty)
	}
	// The first member of an object in a list is on the line of its dash.
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
			y.writeIndent(depth)
		}
		y.out.WriteString(formatScalar(name) + ":")
		if err := y.writeValue(depth); err != nil {
			return err
		}
	}
	return y.closeContainer("")
}

// writeElements writes the elements of an array, or empty if there are none.
func (y *yamlWriter) writeElements(depth int, empty string) error {
	if !y.in.More() {
		return y.closeContainer(empty)
	}
	y.out.WriteByte('\n')
	for y.in.More() {
		y.writeIndent(depth)
		y.out.WriteByte('-')
		if err := y.writeValue(depth); err != nil {
			return err
		}
	}
	return y.closeContainer("")
}

// closeContainer reads the closing bracket. It writes empty unless that is "".
func (y *yamlWriter) closeContainer(empty string) error {
	if empty != "" {
		y.out.WriteString(" " + empty + "\n")
	}
	_, err := y.in.Token()
	return err
}

func (y *yamlWriter) writeIndent(depth int) { y.out.WriteString(strings.Repeat("  ", depth)) }

// plainScalar matches texts that every version of YAML reads as strings, except
// yamlWords.
var plainScalar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./\\@+-]*( [A-Za-z0-9_./\\@+(][A-Za-z0-9_./\\@+()-]*)*$`)

var yamlWords = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

// formatScalar returns a token as a YAML scalar, quoted if necessary.
func formatScalar(token json.Token) string {
	switch t := token.(type) {
	case string:
		if plainScalar.MatchString(t) && !slices.Contains(yamlWords, strings.ToLower(t)) {
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
