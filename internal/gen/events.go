package gen

import (
	"io"
	"strconv"
	"time"
)

// Shape is what an event looks like.
type Shape uint8

// The shapes, with the presets that read them.
const (
	Flat    Shape = iota // cim: about 400 bytes, one level
	ECS                  // ecs: about 1.9 KB, nested
	Windows              // windows: about 2.1 KB, a logon as NXLog writes it
)

var shapeTemplates = [...]string{flatTemplate, ecsTemplate, windowsTemplate}

// EventOptions say which events to make. The zero value of a number is its
// default.
type EventOptions struct {
	World
	Shape   Shape
	Seed    uint64  // apart from the World's
	HitRate float64 // share of values that name a host or person of the World; 0 means 0.67, below 0 none
	Zipf    float64 // share of those drawn by Zipf's law, the others evenly; 0 means 0.5, below 0 none
}

// Events are numbered events about a World. Event i is the same whenever it is
// asked for; an Events may be used concurrently.
type Events struct {
	opt  EventOptions
	text template
}

// NewEvents returns the events that o describes.
func NewEvents(o EventOptions) *Events {
	o.HitRate = orDefault(o.HitRate, 0.67)
	o.Zipf = orDefault(o.Zipf, 0.5)
	return &Events{opt: o, text: parseTemplate(shapeTemplates[o.Shape])}
}

func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return max(v, 0)
}

// WriteN writes the first n events as NDJSON.
func (e *Events) WriteN(w io.Writer, n int) (int64, error) {
	out := rowWriter{w: w}
	for i := range n {
		out.buf = append(e.Append(out.buf, i), '\n')
		out.flushIfFull()
	}
	return out.finish()
}

// Append appends event i, without a newline, and returns the extended buffer.
func (e *Events) Append(dst []byte, i int) []byte {
	d := newDice(e.opt.Seed, streamEvent, uint64(i))
	ev := event{i: i, d: &d, src: e.drawHost(&d), dest: e.drawHost(&d), dvc: e.drawHost(&d), user: e.drawPerson(&d)}
	for _, s := range e.text {
		dst = append(dst, s.text...)
		dst = ev.appendSlot(dst, s.slot)
	}
	return dst
}

// actor is somebody in an event: a host or person of the World, or a stranger
// who is only a number.
type actor struct {
	host     Host
	person   Person
	known    bool
	stranger int
}

func (e *Events) drawHost(d *dice) actor {
	a := actor{stranger: d.intN(1 << 17)}
	if e.opt.Hosts > 0 && d.chance(e.opt.HitRate) {
		a.known, a.host = true, e.opt.World.Host(e.drawIndex(d, e.opt.Hosts))
	}
	return a
}

func (e *Events) drawPerson(d *dice) actor {
	a := actor{stranger: d.intN(1 << 17)}
	if e.opt.People > 0 && d.chance(e.opt.HitRate) {
		a.known, a.person = true, e.opt.World.Person(e.drawIndex(d, e.opt.People))
	}
	return a
}

func (e *Events) drawIndex(d *dice, n int) int { return drawMixed(d, n, e.opt.Zipf) }

func drawMixed(d *dice, n int, skewed float64) int {
	if d.chance(skewed) {
		return scatterRank(d.zipfN(n), n)
	}
	return d.intN(n)
}

// event is what the slots of one event draw from. The host on which it
// happened is its destination.
type event struct {
	i              int
	d              *dice
	src, dest, dvc actor
	user           actor
}

func (ev *event) appendSlot(dst []byte, slot string) []byte {
	switch slot {
	case "src":
		if ev.d.perMille(850) {
			return ev.src.appendAddr(dst)
		}
		return ev.src.appendName(dst, ev.d)
	case "dest":
		if ev.d.perMille(500) {
			return ev.dest.appendAddr(dst)
		}
		return ev.dest.appendName(dst, ev.d)
	case "dvc":
		return ev.dvc.appendName(dst, ev.d)
	case "srcip":
		return ev.src.appendAddr(dst)
	case "destip", "hostip":
		return ev.dest.appendAddr(dst)
	case "host":
		return ev.dest.appendName(dst, ev.d)
	case "hostmac":
		return ev.dest.host.AppendMAC(dst, MACDashes)
	case "user":
		return ev.user.appendLogin(dst)
	case "sid":
		return ev.user.appendSID(dst)
	}
	return ev.appendFiller(dst, slot)
}

// appendFiller appends what no table answers: times, numbers, identifiers.
func (ev *event) appendFiller(dst []byte, slot string) []byte {
	switch slot {
	case "epoch":
		dst = strconv.AppendInt(dst, eventEpoch+int64(ev.i/100), 10)
		dst = append(dst, '.')
		return appendPadded(dst, ev.i%100*10000+ev.d.intN(10000), 6)
	case "iso":
		return time.UnixMilli(eventEpoch*1000+int64(ev.i)*10).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	case "port":
		return strconv.AppendInt(dst, int64(1024+ev.d.intN(64512)), 10)
	case "number":
		return strconv.AppendInt(dst, int64(ev.d.intN(1<<30)), 10)
	case "fraction":
		dst = append(dst, "0."...)
		return appendPadded(dst, ev.d.intN(1000000), 6)
	case "hex16":
		return appendHex(dst, ev.d.pcg.Uint64(), 16)
	case "guid":
		x, y := ev.d.pcg.Uint64(), ev.d.pcg.Uint64()
		dst = append(appendHex(dst, x>>32, 8), '-')
		dst = append(appendHex(dst, x>>16, 4), '-')
		dst = append(appendHex(dst, x, 4), '-')
		dst = append(appendHex(dst, y>>48, 4), '-')
		return appendHex(dst, y, 12)
	}
	return dst
}

// eventEpoch is 2026-03-01T00:00:00Z, when every stream begins.
const eventEpoch = 1772323200

// appendHex appends the low digits of v.
func appendHex(dst []byte, v uint64, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[v>>shift&15])
	}
	return dst
}

// appendAddr appends the first address of the host; a stranger's is in
// 198.18.0.0/15, which no World uses.
func (a *actor) appendAddr(dst []byte) []byte {
	if a.known {
		return a.host.Addr().AppendTo(dst)
	}
	return addr4(198<<24 | 18<<16 | uint32(a.stranger)).AppendTo(dst)
}

// appendName appends a name of the host, short or full, now and then in upper
// case.
func (a *actor) appendName(dst []byte, d *dice) []byte {
	from := len(dst)
	switch {
	case !a.known:
		dst = append(dst, "stranger-"...)
		dst = strconv.AppendInt(dst, int64(a.stranger), 10)
		dst = append(dst, ".example.net"...)
	case d.perMille(500):
		dst = a.host.AppendFQDN(dst)
	default:
		dst = a.host.AppendName(dst)
	}
	if d.perMille(250) {
		upperASCII(dst[from:])
	}
	return dst
}

func (a *actor) appendLogin(dst []byte) []byte {
	if !a.known {
		dst = append(dst, "nobody"...)
		return strconv.AppendInt(dst, int64(a.stranger), 10)
	}
	if a.person.kind == sharedMailbox {
		return a.person.AppendEmail(dst)
	}
	return a.person.AppendLogin(dst)
}

func (a *actor) appendSID(dst []byte) []byte {
	if !a.known {
		return append(dst, "S-1-5-18"...)
	}
	return a.person.AppendSID(dst)
}
