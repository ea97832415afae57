package schema

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keytext"
)

// Cell is the canonical content of one cell while a row is read. The zero Cell is ready for
// use, and can be used again for the next cell.
type Cell struct {
	ValueSet
	Ranged map[string]bool // addresses that come only from a range
	Losses []error         // for each lost value or note, an error that wraps a *ValueError
	// Domains holds the names in a cell that has CORP\ws-17, with the domains cut off. The
	// Domain is empty for other names of the cell.
	Domains []CutDomain

	form []string // scratch for forms
}

// CutDomain is a name in a cell and the domain before it.
type CutDomain struct{ Name, Domain string }

// ReadCell sets c to the canonical values in the text of a cell. It splits the text at "|" and
// at line feeds if the field is a multi-value field, trims the values, drops empty values and
// duplicates, and applies the field's form to each. It drops placeholders from address and MAC
// fields without reporting a loss, and splits their values further (see readPieces).
func (f *Field) ReadCell(c *Cell, text string, ignored *Ignored) {
	c.Reset()
	c.Exact = f.Exact
	c.Ranged, c.Losses, c.Domains = nil, nil, nil
	if !f.Multi {
		f.readValue(c, fold.Trim(text), ignored)
		return
	}
	lines := strings.IndexByte(text, LineSeparator[0]) >= 0
	for more := true; more; {
		v := text
		at := strings.IndexByte(text, Separator[0])
		if lines {
			at = strings.IndexAny(text, Separator+LineSeparator)
		}
		if more = at >= 0; more {
			v, text = text[:at], text[at+len(Separator):]
		}
		f.readValue(c, fold.Trim(v), ignored)
	}
}

func (f *Field) readValue(c *Cell, v string, ignored *Ignored) {
	if v == "" || f.Proxies && f.readProxies(c, v, ignored) {
		return
	}
	f.readOne(c, v, ignored)
}

// readOne reads a value that is not a list of proxyAddresses.
func (f *Field) readOne(c *Cell, v string, ignored *Ignored) {
	if !isPlain(v) || f.Key && !f.Multi {
		if err := f.checkText(v); err != nil {
			c.Losses = append(c.Losses, err)
			return
		}
		v = lineEnds(v)
		if f.Key {
			v = keytext.Clean(v)
		}
	}
	switch {
	case v == "": // it had only characters without width
		return
	case !f.Addressed() && f.Form == nil: // the value is kept as it is
		c.Add(v)
		return
	case !f.Addressed():
		ignored = nil
	case ignored.Text(v):
		return
	}
	switch err := f.addForm(c, v, ignored); {
	case err == nil:
	case f.Addressed():
		f.readPieces(c, v, ignored)
	default:
		c.addLoss(err)
	}
}

// addForm adds the canonical values of a value to c, or returns the error of the form.
func (f *Field) addForm(c *Cell, v string, ignored *Ignored) error {
	got, err := f.applyForm(c.form[:0], v)
	c.form = got.Values
	if err != nil {
		return err
	}
	if got.Note != nil {
		c.Losses = append(c.Losses, got.Note)
	}
	if got.Domain != "" || c.Domains != nil {
		c.addDomain(got.Values[len(got.Values)-1], got.Domain)
	}
	for _, v := range got.Values {
		if !ignored.Value(v) {
			c.addValue(v, got.Ranged)
		}
	}
	return nil
}

// addDomain adds a name and its domain to c.Domains. The first addition is preceded by the
// names that are already in the cell.
func (c *Cell) addDomain(name, domain string) {
	if c.Domains == nil {
		for _, v := range c.Values {
			c.Domains = append(c.Domains, CutDomain{Name: v})
		}
	}
	c.Domains = append(c.Domains, CutDomain{name, domain})
}

// addLoss adds the error of a form, and the value that the error offers in place of the lost
// one.
func (c *Cell) addLoss(err error) {
	c.Losses = append(c.Losses, err)
	var bad *ValueError
	if errors.As(err, &bad) {
		c.Add(bad.Use)
	}
}

// checkText returns an error for a value that must not be passed to a form: invalid UTF-8,
// or a separator in a key of a single-value field.
func (f *Field) checkText(v string) error {
	switch {
	case !utf8.ValidString(v):
		return BadValue("invalid UTF-8", v, "save the list as UTF-8")
	case f.Key && !f.Multi && strings.Contains(v, Separator):
		return BadValue("bad key", v, "a key cannot contain \"|\", the separator; "+f.severalKeys())
	case f.Key && !f.Multi && strings.Contains(v, LineSeparator):
		return BadValue("bad key", v, "a key cannot contain a line break; "+f.severalKeys())
	}
	return nil
}

// severalKeys returns the setting with which a single-value field lists several keys.
func (f *Field) severalKeys() string {
	name := f.Name
	if strings.Trim(fold.Lower(name), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || name == "" {
		name = strconv.Quote(name)
	}
	settings := "multivalue: true"
	if f.Custom {
		settings = "key: true, " + settings
	}
	return "fields: {" + name + ": {" + settings + "}} reads several keys"
}

// isPlain reports whether a value is ASCII without a CR, so that neither its encoding nor
// its line ends need to be checked. Most values are. It tests eight bytes at a time.
func isPlain(v string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	odd := uint64(0) // a high bit is set if a byte is not plain
	for ; len(v) >= 8; v = v[8:] {
		w := uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16 | uint64(v[3])<<24 |
			uint64(v[4])<<32 | uint64(v[5])<<40 | uint64(v[6])<<48 | uint64(v[7])<<56
		cr := w ^ '\r'*ones
		odd |= w | (cr-ones)&^cr
	}
	for i := range len(v) {
		if v[i] == '\r' {
			return false
		}
		odd |= uint64(v[i])
	}
	return odd&high == 0
}

// lineEnds replaces the CRLFs in a value with LFs, because encoding/csv does the same when it
// reads the value back.
func lineEnds(v string) string {
	for strings.IndexByte(v, '\r') >= 0 && strings.Contains(v, "\r\n") {
		v = strings.ReplaceAll(v, "\r\n", "\n")
	}
	return v
}

// applyForm applies the field's form to a value.
func (f *Field) applyForm(dst []string, v string) (Canonical, error) {
	if f.Form == nil {
		return TextForm(dst, v)
	}
	return f.Form(dst, v)
}

// Addressed reports whether the values of the field are addresses or MACs. Placeholders are
// dropped from such fields.
func (f *Field) Addressed() bool { return f.Type == IP || f.Type == MAC }

// addValue adds a value. ranged is true if it comes from a range; c.Ranged records this
// unless the value is also listed by itself.
func (c *Cell) addValue(v string, ranged bool) {
	bare := ranged && !strings.Contains(v, "/")
	if !c.Add(v) {
		if !ranged {
			delete(c.Ranged, v) // it is also listed by itself
		}
		return
	}
	if bare {
		if c.Ranged == nil {
			c.Ranged = make(map[string]bool)
		}
		c.Ranged[v] = true
	}
}
