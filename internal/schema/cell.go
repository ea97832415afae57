package schema

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/kithsec/kith/internal/fold"
)

// Cell is the canonical content of one cell while a row is read. The zero Cell
// is ready; its memory is reused from cell to cell.
type Cell struct {
	ValueSet
	Ranged map[string]bool // values that only a range left
	Losses []error         // *ValueError for what was lost, others are notes

	form []string // scratch for forms
}

// ReadCell turns the text of a cell into canonical values: split at "|" if the
// field is a multi-value one, trimmed, without empty values and repeats, each
// put through the field's form. Placeholders are dropped from address and MAC
// fields and are no loss. c is emptied first.
func (f *Field) ReadCell(c *Cell, text string, ignored *Ignored) {
	c.Reset()
	c.Exact = f.Exact
	c.Ranged, c.Losses = nil, nil
	if !f.Multi {
		f.readValue(c, fold.Trim(text), ignored)
		return
	}
	for more := true; more; {
		v := text
		at := strings.IndexByte(text, Separator[0])
		if more = at >= 0; more {
			v, text = text[:at], text[at+len(Separator):]
		}
		f.readValue(c, fold.Trim(v), ignored)
	}
}

func (f *Field) readValue(c *Cell, v string, ignored *Ignored) {
	if v == "" {
		return
	}
	if !isPlain(v) || f.Key && !f.Multi {
		if err := f.checkText(v); err != nil {
			c.Losses = append(c.Losses, err)
			return
		}
		v = lineEnds(v)
	}
	switch {
	case !f.Addressed() && f.Form == nil: // as it stands
		c.Add(v)
		return
	case !f.Addressed():
		ignored = nil
	case ignored.Text(v):
		return
	}
	got, err := f.applyForm(c.form[:0], v)
	c.form = got.Values
	if err != nil {
		c.Losses = append(c.Losses, err)
		var bad *ValueError
		if errors.As(err, &bad) {
			c.Add(bad.Use)
		}
		return
	}
	if got.Note != nil {
		c.Losses = append(c.Losses, got.Note)
	}
	for _, v := range got.Values {
		if !ignored.Value(v) {
			c.addValue(v, got.Ranged)
		}
	}
}

// checkText reports a value that no form may see.
func (f *Field) checkText(v string) error {
	switch {
	case !utf8.ValidString(v):
		return BadValue("invalid UTF-8", v, "save the list as UTF-8")
	case f.Key && !f.Multi && strings.Contains(v, Separator):
		return BadValue("bad key", v, "a key cannot contain \"|\", the separator; only a multi-value column lists several keys")
	}
	return nil
}

// isPlain reports whether a value is ASCII without a CR, as most are: it can be
// read and holds no line end to change. It takes eight bytes at a time.
func isPlain(v string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	odd := uint64(0) // in its high bits
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

// lineEnds writes the line ends inside a value as LF, as CSV reads them back.
func lineEnds(v string) string {
	for strings.IndexByte(v, '\r') >= 0 && strings.Contains(v, "\r\n") {
		v = strings.ReplaceAll(v, "\r\n", "\n")
	}
	return v
}

func (f *Field) applyForm(dst []string, v string) (Canonical, error) {
	if f.Form == nil {
		return TextForm(dst, v)
	}
	return f.Form(dst, v)
}

// Addressed reports whether the field holds addresses or MACs, from which
// placeholders are dropped.
func (f *Field) Addressed() bool { return f.Type == IP || f.Type == MAC }

func (c *Cell) addValue(v string, ranged bool) {
	bare := ranged && !strings.Contains(v, "/")
	if !c.Add(v) {
		if !ranged {
			delete(c.Ranged, v) // stated after all
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
