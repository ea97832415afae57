package names

import (
	"strings"
	"unsafe"

	"github.com/kithsec/kith/internal/bytestext"
	"github.com/kithsec/kith/internal/hugepage"
)

// bitmap is a set of positions in an arena, in units. The nil bitmap is empty.
type bitmap []uint64

func (b *bitmap) add(at uint32) {
	if n := int(at/64) + 1; n > len(*b) {
		*b = append(*b, make(bitmap, n-len(*b))...)
	}
	(*b)[at/64] |= 1 << (at % 64)
}

func (b bitmap) has(at uint32) bool { return int(at/64) < len(b) && b[at/64]>>(at%64)&1 != 0 }

// labelBuilder builds the Labels of a table. It visits the entries in the order of their
// positions, so that the result does not depend on the order in which names were added, and
// so that the memory is read in order.
type labelBuilder struct {
	Labels
	others  bitmap          // positions of names that are not host names
	used    int             // number of slots
	several []zonedText     // the labels of full names of several values
	domains [16]zonedText   // that have a slot, by the length of the domain modulo 16
	recheck map[uint64]bool // the tags of those of several that are short names, too
}

// zonedText is a label or a domain in a zone.
type zonedText struct {
	text string
	zone uint32
}

// newLabels returns the Labels of a table, given the positions of the names that are not
// host names.
func newLabels(t *Table, others bitmap) *Labels {
	b := labelBuilder{Labels: Labels{table: t, slots: hugepage.Scratch[uint64](slotsFor(t.count))}, others: others}
	b.eachHost((*labelBuilder).putHost)
	for _, label := range b.several {
		b.putShortOfSeveral(label)
	}
	if len(b.recheck) > 0 {
		b.eachHost((*labelBuilder).markShortOf)
	}
	b.resize(slotsFor(b.used), hugepage.Make[uint64])
	return &Labels{table: t, slots: b.slots, backslash: b.backslash}
}

// host is a host name of the table that is being built: its position, zone, value and folded
// name.
type host struct {
	at, zone, value uint32
	name            string
}

// eachHost calls do for every host name.
func (b *labelBuilder) eachHost(do func(b *labelBuilder, h host)) {
	for i := range b.table.classes {
		c := &b.table.classes[i]
		for slot := range uint64(c.slots) {
			if h := b.hostAt(uint32(c.unitOf(slot))); h.name != "" && !b.others.has(h.at) {
				do(b, h)
			}
		}
	}
}

// hostAt returns the host name at a position, or one without a name for a free slot.
func (b *labelBuilder) hostAt(at uint32) host {
	p := b.table.pointer(at)
	head := load64(p, 0)
	n := int(head >> 32 & 0xff)
	if n == longMark {
		e, _ := b.table.entry(at)
		return host{at, e.zone, e.value, bytestext.String(e.name)}
	}
	return host{at, uint32(head >> 40 & 0xff), headValue(head), unsafe.String((*byte)(unsafe.Add(p, headerSize)), n)}
}

// tagOf returns the tag of a folded text in a zone.
func (b *labelBuilder) tagOf(zone uint32, folded string) uint64 {
	h, _ := b.table.keys.hashName(zone, folded, 0)
	return h >> tagShift
}

// slotsFor returns how many slots there are for n used ones.
func slotsFor(n int) int {
	if n == 0 {
		return 0
	}
	return n + n/2 + 1
}

// resize moves the slots into a number of new ones.
func (b *labelBuilder) resize(n int, alloc func(int) []uint64) {
	old := b.slots
	b.slots = alloc(n)
	for _, s := range old {
		if s == 0 {
			continue
		}
		i := b.homeSlot(s >> tagShift)
		for b.slots[i] != 0 {
			i = b.nextSlot(i)
		}
		b.slots[i] = s
	}
}

// fill writes a free slot. It keeps a quarter of the slots free.
func (b *labelBuilder) fill(i int, slot uint64) {
	b.slots[i] = slot
	if b.used++; b.used > len(b.slots)/4*3 {
		b.resize(2*len(b.slots)+8, hugepage.Scratch[uint64])
	}
}

// putHost puts the slots of a host name.
func (b *labelBuilder) putHost(h host) {
	dot := strings.IndexByte(h.name, '.')
	if dot == 0 || dot == len(h.name)-1 {
		return // no label, or a dot ends the name
	}
	label := h.name
	if dot > 0 {
		label = h.name[:dot]
	}
	if len(label) > NetBIOSLength {
		if start, longer := cutNetBIOS(label); longer {
			b.putLong(h, start)
		}
	}
	if dot < 0 {
		b.putShort(h)
		return
	}
	b.putFull(h, label)
	domain := h.name[dot+1:]
	if last := &b.domains[len(domain)%len(b.domains)]; last.zone != h.zone || last.text != domain {
		*last = zonedText{domain, h.zone}
		b.putDomain(h, domain)
	}
}

// Sets of kinds.
const (
	shortKinds = 1<<shortAlone | 1<<shortOfFull
	fullKinds  = 1<<fullOne | 1<<fullShort | 1<<fullSeveral
	longKinds  = 1<<longOne | 1<<longSeveral
)

// putDomain puts the slot of a domain, unless it has one.
func (b *labelBuilder) putDomain(h host, domain string) {
	tag := b.tagOf(h.zone, domain)
	if i, _ := b.find(tag, h.zone, domain, 1<<domainKind); b.slots[i] == 0 {
		b.fill(i, newSlot(tag, domainKind, h.at))
	}
}

// putLong puts the slot of a name whose first label is longer than start.
func (b *labelBuilder) putLong(h host, start string) {
	tag := b.tagOf(h.zone, start)
	i, value := b.find(tag, h.zone, start, longKinds)
	switch s := b.slots[i]; {
	case s == 0:
		b.fill(i, newSlot(tag, longOne, h.at))
	case value != h.value:
		b.slots[i] = newSlot(tag, longSeveral, uint32(s))
	}
}

// putFull puts the slot of a full name. It shares the slot of the short name, if that has
// the same value.
func (b *labelBuilder) putFull(h host, label string) {
	tag := b.tagOf(h.zone, label)
	i, value := b.find(tag, h.zone, label, fullKinds|shortKinds)
	if s := b.slots[i]; s != 0 && kindOf(s).isShort() {
		short, shared := i, value == h.value
		if i, value = b.findFrom(b.nextSlot(i), tag, h.zone, label, fullKinds); b.slots[i] == 0 && shared {
			b.slots[short] = newSlot(tag, fullShort, h.at)
			return
		}
	}
	switch s := b.slots[i]; {
	case s == 0:
		b.fill(i, newSlot(tag, fullOne, h.at))
	case value != h.value && kindOf(s) != fullSeveral:
		b.slots[i] = newSlot(tag, fullSeveral, uint32(s))
		b.several = append(b.several, zonedText{label, h.zone})
	}
}

// putShort puts the slot of a short name. It shares the slot of the full names with its
// label, if all of these have its value.
func (b *labelBuilder) putShort(h host) {
	label := h.name
	b.backslash = b.backslash || strings.IndexByte(label, '\\') >= 0
	tag := b.tagOf(h.zone, label)
	i, value := b.find(tag, h.zone, label, fullKinds)
	s := b.slots[i]
	if s != 0 && kindOf(s) == fullOne && value == h.value {
		b.slots[i] = newSlot(tag, fullShort, uint32(s))
		return
	}
	if s != 0 {
		i, _ = b.find(tag, h.zone, label, shortKinds)
	}
	b.fill(i, newSlot(tag, shortAlone, h.at))
}

// putShortOfSeveral puts the slot of the short name that is a label of full names of several
// values, if there is this name and it has no slot: it shared that of the full names while
// these had one value.
func (b *labelBuilder) putShortOfSeveral(label zonedText) {
	t := b.table
	var p Probe
	t.hashProbe(&p, label.zone, label.text)
	p.at = t.entryAt(p.hash, int(p.class))
	if _, there := t.Find(&p, label.text); !there || b.others.has(p.at) {
		return
	}
	tag := b.tagOf(label.zone, label.text)
	if i, _ := b.find(tag, label.zone, label.text, shortKinds); b.slots[i] == 0 {
		b.fill(i, newSlot(tag, shortAlone, p.at))
	}
	if b.recheck == nil {
		b.recheck = make(map[uint64]bool)
	}
	b.recheck[tag] = true
}

// markShortOf marks the short name with the label of a full name, if both have one value.
// Where full names have several values, their slot does not contain them.
func (b *labelBuilder) markShortOf(h host) {
	label, domain := HostParts(h.name)
	if label == "" || domain == "" {
		return
	}
	tag := b.tagOf(h.zone, label)
	if !b.recheck[tag] {
		return
	}
	if i, value := b.find(tag, h.zone, label, shortKinds); b.slots[i] != 0 && value == h.value {
		b.slots[i] = newSlot(tag, shortOfFull, uint32(b.slots[i]))
	}
}

// find returns the index of the slot of a folded text that has one of a set of kinds, and
// the value of its entry, or else the index of the free slot for it.
func (b *labelBuilder) find(tag uint64, zone uint32, text string, kinds uint) (i int, value uint32) {
	return b.findFrom(b.homeSlot(tag), tag, zone, text, kinds)
}

// findFrom is find among the slots from i on.
func (b *labelBuilder) findFrom(i int, tag uint64, zone uint32, text string, kinds uint) (at int, value uint32) {
	for ; b.slots[i] != 0; i = b.nextSlot(i) {
		s := b.slots[i]
		if s>>tagShift == tag && kinds>>kindOf(s)&1 != 0 {
			if h := b.hostAt(uint32(s)); h.zone == zone && startsWith(h.name, text, kindOf(s)) {
				return i, h.value
			}
		}
	}
	return i, 0
}

// startsWith reports whether a slot of a kind stands for a folded text, if its entry has
// this name.
func startsWith(name, text string, kind slotKind) bool {
	switch {
	case kind.isFull():
		return len(name) > len(text) && name[len(text)] == '.' && name[:len(text)] == text
	case kind.isShort():
		return name == text
	}
	return textOf(kind, name) == text
}
