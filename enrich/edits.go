package enrich

import (
	"cmp"
	"slices"
)

// edits are replacements and insertions inside an event.
type edits struct {
	list []edit
	text []byte
}

// edit replaces event[at:end] by text[from:to].
type edit struct{ start, end, from, to int }

func (e *edits) reset() { e.list, e.text = e.list[:0], e.text[:0] }

// replace replaces event[at:end] by text, which is copied.
func (e *edits) replace(at, end int, text ...[]byte) {
	from := len(e.text)
	for _, t := range text {
		e.text = append(e.text, t...)
	}
	e.list = append(e.list, edit{at, end, from, len(e.text)})
}

// appendEdited appends event with the edits.
func (e *edits) appendEdited(dst, event []byte) []byte {
	slices.SortStableFunc(e.list, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	from := 0
	for _, d := range e.list {
		dst = append(dst, event[from:d.start]...)
		dst = append(dst, e.text[d.from:d.to]...)
		from = d.end
	}
	return append(dst, event[from:]...)
}

// appendWithMembers appends the event with the edits and with members, each led by a
// comma, behind its own.
func (e *edits) appendWithMembers(dst []byte, ev *eventState, members []byte) []byte {
	dst = e.appendEdited(dst, ev.raw[:ev.brace])
	if ev.empty && len(members) > 0 {
		members = members[1:]
	}
	dst = append(dst, members...)
	return append(dst, ev.raw[ev.brace:]...)
}
