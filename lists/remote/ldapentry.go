package remote

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"github.com/kithsec/kith/internal/problem"
)

// writeEntry writes an entry as a line of JSON.
func (d *directory) writeEntry(e *ldap.Entry) error {
	if err := d.readRanges(e); err != nil {
		return err
	}
	names := []string{"dn"}
	values := map[string][]string{"dn": {e.DN}}
	for _, a := range e.Attributes {
		column := d.columnOf(a.Name)
		if _, ok := values[column]; !ok {
			names = append(names, column)
		}
		values[column] = append(values[column], d.textsOf(column, a.ByteValues)...)
	}
	if d.entries == 0 { // a column that the configuration names exists, even if it is blank
		for _, a := range d.search.Attributes {
			if column := d.columnOf(a); values[column] == nil && isAttribute(a) && !slices.Contains(names, column) {
				names = append(names, column)
			}
		}
	}
	d.line.Reset()
	for i, name := range names {
		d.line.WriteByte("{,"[min(i, 1)])
		d.writeJSON(name)
		d.line.WriteByte(':')
		switch all := values[name]; len(all) {
		case 0:
			d.line.WriteString("null")
		case 1:
			d.writeJSON(all[0])
		default:
			d.writeJSON(all)
		}
	}
	d.line.WriteString("}\n")
	d.entries++
	_, err := d.out.Write(d.line.Bytes())
	return err
}

// writeJSON appends a text, or several, to the line.
func (d *directory) writeJSON(v any) {
	e := json.NewEncoder(&d.line)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // texts can be encoded, and the buffer grows
	d.line.Truncate(d.line.Len() - 1)
}

// columnOf returns the column of an attribute: its name as the configuration has it, or as
// the server spelled it first. The server may ignore case.
func (d *directory) columnOf(attribute string) string {
	lower := strings.ToLower(attribute)
	column, ok := d.attributes[lower]
	if !ok {
		column = attribute
		for _, a := range d.search.Attributes {
			if strings.ToLower(a) == lower {
				column = a
			}
		}
		d.attributes[lower] = column
	}
	return column
}

// isAttribute reports whether a selector names an attribute, unlike *, + and @person.
func isAttribute(selector string) bool {
	return selector != "" && (selector[0] >= 'A' && selector[0] <= 'Z' || selector[0] >= 'a' && selector[0] <= 'z')
}

// readRanges replaces the attributes of which the server sent only the first values, such
// as member;range=0-1499, by all their values.
func (d *directory) readRanges(e *ldap.Entry) error {
	for _, a := range e.Attributes {
		name, last, more, ok := parseRange(a.Name)
		if !ok {
			continue
		}
		a.Name = name
		for more {
			request := d.newRequest(e.DN, ldap.ScopeBaseObject, defaultFilter, []string{fmt.Sprintf("%s;range=%d-*", name, last+1)})
			result, err := d.find(request)
			if err != nil {
				return err
			}
			values, to, further, ok := rangeOf(result, name, last+1)
			if !ok {
				return fmt.Errorf("the server does not send the values of %s after the first %d of %s", name, last+1, problem.Quote(e.DN))
			}
			a.ByteValues = append(a.ByteValues, values...)
			last, more = to, further
		}
	}
	return nil
}

// rangeOf returns the values of an attribute from number first on, the number of the last
// of them, and whether there are more.
func rangeOf(result *ldap.SearchResult, name string, first int) (values [][]byte, last int, more, ok bool) {
	for _, e := range result.Entries {
		for _, a := range e.Attributes {
			got, to, further, isRange := parseRange(a.Name)
			if isRange && strings.EqualFold(got, name) && (!further || to >= first) {
				return a.ByteValues, to, further, true
			}
		}
	}
	return nil, 0, false, false
}

// parseRange splits member;range=0-1499 into the attribute and the number of its last
// value. The range that ends with * has the last of all values.
func parseRange(attribute string) (name string, last int, more, ok bool) {
	var kept []string
	for option := range strings.SplitSeq(attribute, ";") {
		bounds, found := strings.CutPrefix(strings.ToLower(option), "range=")
		if !found {
			kept = append(kept, option)
			continue
		}
		_, end, _ := strings.Cut(bounds, "-")
		n, err := strconv.Atoi(end)
		if err != nil && end != "*" {
			return "", 0, false, false
		}
		last, more, ok = n, end != "*", true
	}
	return strings.Join(kept, ";"), last, more, ok
}

// Attributes of Active Directory with binary values that have a text form, in lower case.
var (
	sidAttributes  = []string{"objectsid", "sidhistory", "securityidentifier", "tokengroups", "tokengroupsglobalanduniversal"}
	guidAttributes = []string{"objectguid", "ms-ds-consistencyguid", "msexchmailboxguid", "msexcharchiveguid"}
)

// textsOf returns the values of a column as texts. Binary values without a text form are
// left out and counted.
func (d *directory) textsOf(column string, values [][]byte) []string {
	base, _, _ := strings.Cut(strings.ToLower(column), ";")
	var texts []string
	for _, v := range values {
		text, ok := "", false
		switch {
		case slices.Contains(sidAttributes, base):
			text, ok = sidText(v)
		case slices.Contains(guidAttributes, base):
			text, ok = guidText(v)
		}
		if !ok && isText(v) {
			text, ok = string(v), true
		}
		if !ok {
			d.binary[column]++
			continue
		}
		texts = append(texts, text)
	}
	return texts
}

// isText reports whether a value can be shown: it is UTF-8, without control characters
// other than white space.
func isText(v []byte) bool {
	for _, c := range v {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(v)
}

// sidText returns the text of a security identifier, such as S-1-5-21-1-2-3-500, by
// [MS-DTYP] 2.4.2. It reports false if v is not one.
func sidText(v []byte) (string, bool) {
	if len(v) < 8 || v[0] != 1 || len(v) != 8+4*int(v[1]) {
		return "", false
	}
	authority := binary.BigEndian.Uint64(v[:8]) & (1<<48 - 1)
	text := fmt.Appendf(nil, "S-1-%d", authority)
	if authority >= 1<<32 {
		text = fmt.Appendf(nil, "S-1-0x%012x", authority)
	}
	for at := 8; at < len(v); at += 4 {
		text = fmt.Appendf(text, "-%d", binary.LittleEndian.Uint32(v[at:]))
	}
	return string(text), true
}

// guidText returns the text of a GUID, of which Microsoft stores the first three parts
// with the lowest byte first. It reports false if v is not one.
func guidText(v []byte) (string, bool) {
	if len(v) != 16 {
		return "", false
	}
	little := binary.LittleEndian
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", little.Uint32(v), little.Uint16(v[4:]), little.Uint16(v[6:]), v[8:10], v[10:]), true
}

// binaryNotes returns a note for each column of which binary values were left out.
func (d *directory) binaryNotes() []string {
	var notes []string
	for _, column := range slices.Sorted(maps.Keys(d.binary)) {
		notes = append(notes, fmt.Sprintf("%s of %s left out: not text", problem.Plural(d.binary[column], "binary value"), problem.Quote(column)))
	}
	return notes
}
