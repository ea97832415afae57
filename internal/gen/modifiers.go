package gen

import (
	"io"
	"strconv"
	"time"
)

// ModifierOptions select the risk modifiers to generate. The zero value of a number means
// its default.
type ModifierOptions struct {
	World
	Seed  uint64        // in addition to that of the World
	Step  time.Duration // mean time between two modifiers; 0 means a second
	Start int64         // Unix time of the first modifier in seconds; 0 means 2026-03-01
	Zipf  float64       // share of objects that follow Zipf's law, the others are uniform; 0 means 0.8, negative none
}

// Modifiers is a sequence of numbered risk modifiers about the hosts and people of a
// World, in roughly ascending order of time: one in twenty is up to two hours out of
// order, one in two hundred is two to three days late, and one in fifty repeats one of
// the last hundred byte for byte. One in ten has a risk object that is not in a list.
// Objects have all spellings that resolve to the same entity. Modifier i is always the
// same. A Modifiers may be used concurrently.
type Modifiers struct{ opt ModifierOptions }

// NewModifiers returns the modifiers that o describes.
func NewModifiers(o ModifierOptions) *Modifiers {
	o.Zipf = orDefault(o.Zipf, 0.8)
	if o.Step == 0 {
		o.Step = time.Second
	}
	if o.Start == 0 {
		o.Start = eventEpoch
	}
	return &Modifiers{o}
}

// WriteN writes the first n modifiers as NDJSON.
func (m *Modifiers) WriteN(w io.Writer, n int) (int64, error) {
	out := rowWriter{w: w}
	for i := range n {
		out.buf = append(m.Append(out.buf, i), '\n')
		out.flushIfFull()
	}
	return out.finish()
}

// Append appends modifier i, without a newline, and returns the extended
// buffer.
func (m *Modifiers) Append(dst []byte, i int) []byte {
	d := newDice(m.opt.Seed, streamModifier, uint64(i))
	if i > 0 && d.perMille(20) {
		return m.Append(dst, i-1-d.intN(min(i, 100)))
	}
	dst = m.appendTime(append(dst, `{"_time":`...), &d, i)
	dst = m.appendObject(append(dst, `,"risk_object":"`...), &d)
	dst = appendScore(append(dst, `,"risk_score":`...), &d)
	rule := d.skewedN(len(ruleNames))
	dst = append(append(dst, `,"source":"`...), ruleNames[rule]...)
	dst = append(append(dst, `","risk_message":"`...), ruleNames[rule]...)
	dst = strconv.AppendInt(append(dst, " no. "...), int64(d.intN(50)), 10)
	dst = append(dst, '"')
	if d.perMille(400) {
		dst = append(dst, `,"threat_object":"203.0.113.`...)
		dst = strconv.AppendInt(dst, int64(d.intN(256)), 10)
		dst = append(dst, `","threat_object_type":"ip_address"`...)
	}
	if d.perMille(700) {
		dst = append(dst, `,"annotations":{"mitre_attack":["`...)
		dst = append(dst, techniques[(rule+d.intN(2))%len(techniques)]...)
		dst = append(dst, `"]}`...)
	}
	if d.perMille(500) {
		dst = append(dst, `,"orig_sid":"scheduler__`...)
		dst = appendHex(dst, d.pcg.Uint64(), 8)
		dst = strconv.AppendInt(append(dst, `","orig_rid":"`...), int64(i%50), 10)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

// appendTime appends the time as a number, as a number in quotes, or in RFC 3339.
func (m *Modifiers) appendTime(dst []byte, d *dice, i int) []byte {
	t := time.Unix(m.opt.Start, 0).Add(time.Duration(i)*m.opt.Step + d.upTo(m.opt.Step))
	switch k := d.intN(1000); {
	case k < 50:
		t = t.Add(-d.upTo(2 * time.Hour))
	case k < 55:
		t = t.Add(-48*time.Hour - d.upTo(24*time.Hour))
	}
	form := d.intN(10)
	if form >= 8 {
		dst = append(dst, '"')
		return append(t.UTC().AppendFormat(dst, time.RFC3339Nano), '"')
	}
	if form == 7 {
		dst = append(dst, '"')
	}
	dst = strconv.AppendInt(dst, t.Unix(), 10)
	if form < 5 {
		dst = appendPadded(append(dst, '.'), t.Nanosecond()/1000, 6)
	}
	if form == 7 {
		dst = append(dst, '"')
	}
	return dst
}

// appendObject appends the rest of risk_object and, in most cases, a
// risk_object_type.
func (m *Modifiers) appendObject(dst []byte, d *dice) []byte {
	k := d.intN(100)
	switch {
	case k < 10:
		dst = strconv.AppendInt(append(dst, "s3://bucket-"...), int64(d.intN(1000)), 10)
		return append(dst, `","risk_object_type":"other"`...)
	case m.opt.People > 0 && (k < 65 || m.opt.Hosts == 0):
		p := m.opt.Person(drawMixed(d, m.opt.People, m.opt.Zipf))
		dst = append(p.appendSpelling(dst, d), '"')
		if d.perMille(900) {
			dst = append(dst, `,"risk_object_type":"user"`...)
		}
	case m.opt.Hosts > 0:
		a := actor{known: true, host: m.opt.Host(drawMixed(d, m.opt.Hosts, m.opt.Zipf))}
		if d.perMille(400) {
			dst = append(a.appendAddr(dst), '"')
		} else {
			dst = append(a.appendName(dst, d), '"')
		}
		if d.perMille(900) {
			dst = append(dst, `,"risk_object_type":"system"`...)
		}
	default:
		dst = append(dst, `nobody"`...)
	}
	return dst
}

// appendSpelling appends the login, CORP\login or the e-mail address, as the inside of a
// JSON string.
func (p Person) appendSpelling(dst []byte, d *dice) []byte {
	from := len(dst)
	switch k := d.intN(10); {
	case p.kind == sharedMailbox, k < 2 && p.kind == employee:
		dst = p.AppendEmail(dst)
	case k < 5:
		dst = p.AppendLogin(append(dst, logonName+`\\`...))
	default:
		dst = p.AppendLogin(dst)
	}
	if d.perMille(200) {
		upperASCII(dst[from:])
	}
	return dst
}

// appendScore appends a score: mostly a positive integer, sometimes with a fraction or in
// quotes, and rarely zero or negative.
func appendScore(dst []byte, d *dice) []byte {
	score := 1 + d.skewedN(100)
	switch k := d.intN(100); {
	case k < 2:
		return strconv.AppendInt(dst, int64(-d.intN(40)), 10)
	case k < 12:
		dst = strconv.AppendInt(dst, int64(score), 10)
		return appendPadded(append(dst, '.'), d.intN(1000000), 6)
	case k < 20:
		dst = strconv.AppendInt(append(dst, '"'), int64(score), 10)
		return append(dst, '"')
	}
	return strconv.AppendInt(dst, int64(score), 10)
}
