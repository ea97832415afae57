package window

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/kithsec/kith/internal/eventtime"
)

// Clock is the event time of a stream: the greatest event time that was accepted. It never
// goes back.
type Clock struct {
	Lateness  time.Duration // how far behind the clock an event may be
	Retention time.Duration // the longest window
	now       eventtime.Instant
}

// NewClock returns a clock that has not started; its Now is -[eventtime.Never].
func NewClock(lateness, retention time.Duration) Clock {
	return Clock{Lateness: lateness, Retention: retention, now: -eventtime.Never}
}

// Now returns the event time.
func (c *Clock) Now() eventtime.Instant { return c.now }

// Advance moves the clock to x, unless x is earlier.
func (c *Clock) Advance(x eventtime.Instant) { c.now = max(c.now, x) }

// IsLate reports whether an event at x is too late to be accepted.
func (c *Clock) IsLate(x eventtime.Instant) bool { return x < c.now.Add(-c.Lateness) }

// Stale returns the greatest event time that is older than Retention and Lateness allow.
// A duplicate of an event up to it would be late, and no window can contain the event.
func (c *Clock) Stale() eventtime.Instant { return c.now.Add(-c.Retention).Add(-c.Lateness) }

// Fingerprint identifies an event; duplicates have the same one. It is a truncated SHA-256,
// so that an attacker cannot construct an event that is taken for a duplicate.
type Fingerprint [16]byte

// Seen stores fingerprints with their event times, to recognise duplicates. It is divided
// into parts, so that removing the stale fingerprints of a part takes little time.
type Seen struct {
	seed  uint64
	parts [seenParts]seenPart
}

const (
	seenPartBits = 8
	seenParts    = 1 << seenPartBits
)

// seenPart is a hash table with open addressing and linear probing. Its slots are ordered
// by hash.
type seenPart struct {
	slots []Slot
	count int
}

// Slot is a slot of Seen. It is empty if the fingerprint is zero; no digest is zero in
// practice.
type Slot struct {
	id Fingerprint
	at eventtime.Instant
}

// Find returns the slot for id, which may be empty, and reports whether it contains id with
// a time after stale. The slot is valid until the next Find, which may remove fingerprints
// with times up to stale to make room.
func (s *Seen) Find(id Fingerprint, stale eventtime.Instant) (slot *Slot, found bool) {
	hash := s.hashID(id)
	p := &s.parts[hash>>(64-seenPartBits)]
	if 5*(p.count+1) > 4*len(p.slots) {
		p.makeRoom(s, stale)
	}
	m := p.findSlot(hash, id)
	return m, m.id == id && m.at > stale
}

func (s *Seen) hashID(id Fingerprint) uint64 {
	return Mix(binary.LittleEndian.Uint64(id[:8]) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(id[8:]), 32) ^ s.seed)
}

// Store stores id with its event time in the slot that Find returned for it.
func (s *Seen) Store(m *Slot, id Fingerprint, at eventtime.Instant) {
	if m.id == (Fingerprint{}) {
		s.parts[s.hashID(id)>>(64-seenPartBits)].count++
	}
	*m = Slot{id, at}
}

// NewSeen returns an empty Seen. Hashes are seeded at random.
func NewSeen() *Seen { return &Seen{seed: rand.Uint64()} }

// Reserve makes room for about n fingerprints.
func (s *Seen) Reserve(n int) {
	for i := range s.parts {
		if each := n / seenParts * 3 / 2; each > len(s.parts[i].slots) {
			s.parts[i].slots = make([]Slot, each)
		}
	}
}

// Len returns how many fingerprints are stored, some of which may be stale.
func (s *Seen) Len() int {
	n := 0
	for i := range s.parts {
		n += s.parts[i].count
	}
	return n
}

func (p *seenPart) homeSlot(hash uint64) int {
	at, _ := bits.Mul64(hash<<seenPartBits, uint64(len(p.slots)))
	return int(at)
}

func (p *seenPart) findSlot(hash uint64, id Fingerprint) *Slot {
	for i := p.homeSlot(hash); ; {
		m := &p.slots[i]
		if m.id == id || m.id == (Fingerprint{}) {
			return m
		}
		if i++; i == len(p.slots) {
			i = 0
		}
	}
}

// makeRoom removes fingerprints with times up to stale, and grows the part if it is still
// more than two thirds full.
func (p *seenPart) makeRoom(s *Seen, stale eventtime.Instant) {
	live := 0
	for i := range p.slots {
		if m := &p.slots[i]; m.id != (Fingerprint{}) && m.at > stale {
			live++
		}
	}
	old, n := p.slots, len(p.slots)
	if 3*(live+1) > 2*n {
		n = max(16, n+n/4)
	}
	p.slots, p.count = make([]Slot, n), live
	for i := range old {
		if m := &old[i]; m.id != (Fingerprint{}) && m.at > stale {
			*p.findSlot(s.hashID(m.id), m.id) = *m
		}
	}
}

// Mix hashes a number: every bit of n affects every bit of the result.
func Mix(n uint64) uint64 {
	hi, lo := bits.Mul64(n^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}

// Prefetch reads the slot at which Find will start to search. The result only keeps the
// compiler from removing the load.
func (s *Seen) Prefetch(id Fingerprint) int64 {
	hash := s.hashID(id)
	if p := &s.parts[hash>>(64-seenPartBits)]; len(p.slots) > 0 {
		return int64(p.slots[p.homeSlot(hash)].at)
	}
	return 0
}
