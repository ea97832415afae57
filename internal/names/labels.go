package names

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/kithsec/kith/internal/bytestext"
)

// NetBIOSLength is the greatest number of characters in a NetBIOS name. The NetBIOS name of
// a machine is the first label of its name, cut to this length.
const NetBIOSLength = 15

// Labels finds the host names of a Table by their first labels, and the domains in which
// they are. It stores no names: a slot holds the position of an entry of the table. The zero
// Labels is empty. A Labels is immutable and safe for concurrent use.
//
// A host name is short if it has no dot, and otherwise full. Its first label is the part
// before the first dot, or the whole of a short name. Its domain is what follows the first
// dot.
//
// The slots are a hash table with linear probing. A label has at most one slot of each kind,
// whatever the number of names with this label: of full names with several values, the slot
// only records that there are several.
type Labels struct {
	table *Table
	slots []uint64 // 0 is a free slot; a third of the slots are free

	backslash bool // some short name has a backslash
}

// A slot holds the position of an entry in its lower half, then its kind, and the top bits
// of the hash of the zone and the label, or of the zone and the domain. The same bits choose
// the slot at which a search begins, so that slots can be moved without the names.
const (
	kindShift = 32
	kindMask  = 0xf
	tagShift  = 36
	tagBits   = 64 - tagShift
)

// slotKind is what a slot of Labels records about a label.
type slotKind uint64

const (
	shortAlone  slotKind = iota + 1 // the short name, whose value has no full name with this label
	shortOfFull                     // the short name, whose value also has a full name with this label
	fullOne                         // a full name; all full names with this label have its value
	fullShort                       // fullOne, and the short name has the same value
	fullSeveral                     // one of the full names, which have several values
	longOne                         // a name whose first label is longer than NetBIOSLength and begins so
	longSeveral                     // one of such names, which have several values
	domainKind                      // a full name in this domain
)

// isShort reports whether the entry of the slot is the short name itself.
func (k slotKind) isShort() bool { return k == shortAlone || k == shortOfFull }

// isFull reports whether the slot is that of the full names.
func (k slotKind) isFull() bool { return k == fullOne || k == fullShort || k == fullSeveral }

// isLong reports whether the slot is that of the names with longer labels.
func (k slotKind) isLong() bool { return k == longOne || k == longSeveral }

// Host is a host name that a label leads to. The zero Host is none.
type Host struct {
	Value   uint32 // of the name; of one of them if Several is set
	Found   bool   // there is such a name
	Several bool   // there are such names with several values

	at uint32 // position of the entry
}

// Hosts are the host names that a label leads to.
type Hosts struct {
	Short        Host // the name that is the label itself
	ShortHasFull bool // the value of Short has a full name with this label, too
	Full         Host // the full names whose first label it is
	Long         Host // the names whose first label begins with it, if it has NetBIOSLength characters, and is longer
}

// Lookup returns the host names that a label leads to, ignoring case unless the table is
// case-sensitive. The label must have no dot.
func (l *Labels) Lookup(zone uint32, label string) (found Hosts) {
	if len(l.slots) == 0 {
		return found
	}
	tag := l.table.tagOf(zone, label)
	for i := l.homeSlot(tag); l.slots[i] != 0; i = l.nextSlot(i) {
		if l.slots[i]>>tagShift == tag {
			l.addHost(&found, l.slots[i], zone, label)
		}
	}
	return found
}

// HasDomain reports whether a full host name is directly in a domain.
func (l *Labels) HasDomain(zone uint32, domain string) bool {
	if len(l.slots) == 0 {
		return false
	}
	tag := l.table.tagOf(zone, domain)
	for i := l.homeSlot(tag); l.slots[i] != 0; i = l.nextSlot(i) {
		if s := l.slots[i]; s>>tagShift == tag && kindOf(s) == domainKind && l.hasText(s, zone, domain) {
			return true
		}
	}
	return false
}

// Name returns the name of a Host that was found, folded. If Several is set, it is one of
// them. It shares the memory of the table.
func (l *Labels) Name(h Host) string {
	e, _ := l.table.entry(h.at)
	return bytestext.String(e.name)
}

// HasBackslash reports whether a short name has a backslash, as CORP\ws-17 has. It is not
// stored with the Labels.
func (l *Labels) HasBackslash() bool { return l.backslash }

// Size returns the memory of the slots in bytes.
func (l *Labels) Size() int { return 8 * cap(l.slots) }

// addHost adds the names of a slot to found, if they lead to the label.
func (l *Labels) addHost(found *Hosts, slot uint64, zone uint32, label string) {
	kind := kindOf(slot)
	if kind == domainKind || !l.hasText(slot, zone, label) {
		return
	}
	e, _ := l.table.entry(uint32(slot))
	h := Host{Value: e.value, Found: true, at: uint32(slot)}
	switch {
	case kind.isShort():
		found.Short, found.ShortHasFull = h, kind == shortOfFull
	case kind.isLong():
		h.Several = kind == longSeveral
		found.Long = h
	case kind.isFull():
		h.Several = kind == fullSeveral
		found.Full = h
		if kind == fullShort {
			found.Short, found.ShortHasFull = h, true
		}
	}
}

// hasText reports whether the text that a slot stands for, a label or a domain, equals the
// given one.
func (l *Labels) hasText(slot uint64, zone uint32, text string) bool {
	e, ok := l.table.entry(uint32(slot))
	return ok && e.zone == zone && l.table.equalText(textOf(kindOf(slot), bytestext.String(e.name)), text)
}

// textOf returns the part of a folded name that a slot of a kind stands for.
func textOf(kind slotKind, name string) string {
	if kind.isShort() {
		return name
	}
	label, domain := HostParts(name)
	switch {
	case kind == domainKind:
		return domain
	case kind.isLong():
		label, _ = cutNetBIOS(label)
	}
	return label
}

// cutNetBIOS returns the first NetBIOSLength characters of a label, and reports whether more
// follow.
func cutNetBIOS(label string) (start string, longer bool) {
	if len(label) <= NetBIOSLength {
		return label, false
	}
	at := 0
	for range NetBIOSLength {
		if at == len(label) {
			return label, false
		}
		if label[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, n := utf8.DecodeRuneInString(label[at:])
		at += n
	}
	return label[:at], at < len(label)
}

// SameNetBIOS reports whether two folded labels are longer than NetBIOSLength and begin with
// the same characters.
func SameNetBIOS(a, b string) bool {
	x, longer := cutNetBIOS(a)
	y, longer2 := cutNetBIOS(b)
	return longer && longer2 && x == y
}

func kindOf(slot uint64) slotKind { return slotKind(slot >> kindShift & kindMask) }

func newSlot(tag uint64, kind slotKind, at uint32) uint64 {
	return tag<<tagShift | uint64(kind)<<kindShift | uint64(at)
}

// homeSlot returns the slot at which the search for a tag begins.
func (l *Labels) homeSlot(tag uint64) int { return int(tag * uint64(len(l.slots)) >> tagBits) }

// nextSlot returns the slot after i.
func (l *Labels) nextSlot(i int) int {
	if i++; i == len(l.slots) {
		return 0
	}
	return i
}

// tagOf returns the tag of a text in a zone.
func (t *Table) tagOf(zone uint32, text string) uint64 {
	h, ascii := t.keys.hashName(zone, text, t.fold)
	if !ascii {
		h, _ = t.keys.hashFolded(zone, text)
	}
	return h >> tagShift
}

// equalText reports whether a part of a folded name equals a text, ignoring case unless the
// table is case-sensitive.
func (t *Table) equalText(folded, text string) bool {
	if t.fold == 0 {
		return folded == text
	}
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return equalFold(folded, text)
		}
	}
	return len(folded) == len(text) && (text == "" || equalBytes(unsafe.Pointer(unsafe.StringData(folded)), text, t.fold))
}

// HostParts returns the first label and the domain of a host name. The domain of a short
// name is "".
func HostParts(name string) (label, domain string) {
	label, domain, _ = strings.Cut(name, ".")
	return label, domain
}
