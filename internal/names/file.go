package names

import (
	"fmt"

	"github.com/kithsec/kith/internal/sections"
)

// The head of a stored table contains the format, the seed, the fold mask, the number of
// names, the range of dots, the length of the longest name, and two words for every class.
const (
	format    = 1
	headWords = 6 + 2*classes
)

// Put writes the table to w, as sections whose names begin with name.
func (t *Table) Put(w *sections.Writer, name string) {
	head := make([]uint64, 0, headWords)
	head = append(head, format, t.seed, t.fold, uint64(t.count), uint64(t.dots.least)|uint64(t.dots.most)<<32, uint64(t.longest))
	for _, c := range t.classes {
		head = append(head, uint64(c.first)|uint64(c.buckets)<<32, uint64(c.base)|uint64(c.slots)<<32)
	}
	sections.Put(w, name+".head", head)
	sections.Put(w, name+".index", t.index)
	sections.Put(w, name+".arena", t.arena)
	sections.Put(w, name+".long", t.long)
}

// Open returns the table that Put stored under name. The table shares the memory of r. Open
// returns an error if the sections do not fit together. Lookups in a table that is damaged
// in another way can give wrong results, but do not read beyond its memory.
func Open(r *sections.Reader, name string) (*Table, error) {
	head, err := sections.Get[uint64](r, name+".head")
	if err != nil {
		return nil, err
	}
	t := &Table{}
	if t.index, err = sections.Get[uint32](r, name+".index"); err != nil {
		return nil, err
	}
	if t.arena, err = sections.Get[byte](r, name+".arena"); err != nil {
		return nil, err
	}
	if t.long, err = sections.Get[byte](r, name+".long"); err != nil {
		return nil, err
	}
	if len(head) != headWords || head[0] != format {
		return nil, fmt.Errorf("%w: section %q", sections.ErrFormat, name+".head")
	}
	t.readHead(head)
	if err := t.checkBounds(); err != nil {
		return nil, fmt.Errorf("%w: section %q: %w", sections.ErrFormat, name+".head", err)
	}
	return t, nil
}

// Put writes the Labels to w, as a section of this name. The table is not written.
func (l *Labels) Put(w *sections.Writer, name string) { sections.Put(w, name, l.slots) }

// OpenLabels returns the Labels of a table that Put stored under name. They share the memory
// of r. OpenLabels returns an error if a slot refers to memory beyond the table, or if no
// slot is free, because a search ends at a free slot.
func OpenLabels(r *sections.Reader, name string, t *Table) (*Labels, error) {
	slots, err := sections.Get[uint64](r, name)
	if err != nil {
		return nil, err
	}
	free := len(slots) == 0
	units := uint64(len(t.arena)-padding) / unit
	for _, s := range slots {
		kind := kindOf(s)
		switch {
		case s == 0:
			free = true
		case s&(1<<kindShift-1) >= units:
			return nil, fmt.Errorf("%w: section %q refers to a name beyond the arena", sections.ErrFormat, name)
		case kind < shortAlone || kind > domainKind:
			return nil, fmt.Errorf("%w: section %q has a slot of kind %d", sections.ErrFormat, name, kind)
		}
	}
	if !free {
		return nil, fmt.Errorf("%w: section %q has no free slot", sections.ErrFormat, name)
	}
	return &Labels{table: t, slots: slots}, nil
}

func (t *Table) readHead(head []uint64) {
	t.seed, t.fold, t.count = head[1], head[2], int(head[3])
	t.dots = dotRange{uint32(head[4]), uint32(head[4] >> 32)}
	t.longest = int(head[5])
	t.keys = newHashKeys(t.seed)
	for i := range t.classes {
		a, b := head[6+2*i], head[7+2*i]
		c := newClass(i)
		c.first, c.buckets, c.base, c.slots = uint32(a), uint32(a>>32), uint32(b), uint32(b>>32)
		t.classes[i] = c
	}
}

// checkBounds returns an error unless every bucket and every slot that a hash can map to
// is within the sections.
func (t *Table) checkBounds() error {
	if t.fold != 0 && t.fold != highs {
		return fmt.Errorf("fold %#x", t.fold)
	}
	slots := uint64(0)
	for i, c := range t.classes {
		if uint64(c.first)+uint64(c.buckets) > uint64(len(t.index)) {
			return fmt.Errorf("class %d: buckets beyond the index", i)
		}
		if c.end()*unit+padding > uint64(len(t.arena)) {
			return fmt.Errorf("class %d: slots beyond the arena", i)
		}
		if c.buckets > 0 && c.slots == 0 {
			return fmt.Errorf("class %d: no slots", i)
		}
		slots += uint64(c.slots)
	}
	if t.count < 0 || uint64(t.count) > slots || t.longest < 0 || t.longest > maxName {
		return fmt.Errorf("%d names of at most %d bytes in %d slots", t.count, t.longest, slots)
	}
	return nil
}
