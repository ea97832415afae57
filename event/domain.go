package event

import "slices"

// LocalDomain is the domain that Windows writes for the machine itself. An account in it is
// looked up only as it is written.
const LocalDomain = "."

// setDomains sets the domains of the candidates dst[from:], which are those of a group. It
// may replace them with others, if names and domains are arrays.
func (r *Reader) setDomains(dst []Candidate, from int, g *group) []Candidate {
	for i := from; i < len(dst); i++ {
		c := &dst[i]
		d := g.domainOf(c.Path)
		if d == nil {
			continue
		}
		if r.json != nil && len(d.domains) == 1 {
			if text, plain := r.json.plainText(d.domains[0]); plain {
				c.Domain = r.domainText(text)
				continue
			}
		}
		p, v := r.firstFound(d.domains)
		switch {
		case v.Kind.IsScalar():
			c.Domain = r.domainText(trimSpace(r.Text(v)))
		case v.Kind == Array:
			dst, i = r.pairDomains(dst, i, d, p)
		}
	}
	return dst
}

// domainOf returns where the event has the domain of the account that a path names, nil if
// the path names none.
func (g *group) domainOf(name Path) *nameDomain {
	for i := range g.domains {
		if d := &g.domains[i]; d.name == name {
			return d
		}
	}
	return nil
}

// firstFound returns the first of some paths that the event has, and its value.
func (r *Reader) firstFound(paths []Path) (Path, Value) {
	for _, p := range paths {
		if r.present.Has(p) {
			if v := r.Value(p); v.Found() && v.Kind != Null {
				return p, v
			}
		}
	}
	return NoPath, Value{}
}

// domainText returns a trimmed text as a domain: nil if it is a null token.
func (r *Reader) domainText(text []byte) []byte {
	if n := r.format.nulls; len(text) == 0 || n.mayHave(text) && n.matchesToken(text) {
		return nil
	}
	return text
}

// pairDomains replaces the candidates of the path that d names, which begin at dst[i], with
// the names at that path and their domains. The domains are the elements of the array at p:
// each is that of the name at its position, and a single one is that of all names. If their
// numbers differ, the names are looked up as they are written. pairDomains also returns the
// index of the last new candidate.
func (r *Reader) pairDomains(dst []Candidate, i int, d *nameDomain, p Path) ([]Candidate, int) {
	after := i
	for after < len(dst) && dst[after].Path == d.name {
		after++
	}
	others := slices.Clone(dst[after:])
	dst = dst[:i]
	r.values = appendValues(r.values[:0], r.event, d.name)
	n := len(r.values)
	r.values = appendValues(r.values, r.event, p)
	names, domains := r.values[:n], r.values[n:]
	if !slices.ContainsFunc(domains, func(v Value) bool { return v.Kind.IsScalar() }) {
		domains = nil
	}
	for k, value := range names {
		name := d.cut.selectFrom(r.unescaped.scalarText(value))
		if r.format.nulls.has(name) {
			continue
		}
		c := Candidate{Text: name, Path: d.name}
		switch len(domains) {
		case 0:
		case 1:
			c.Domain = r.domainText(r.unescaped.scalarText(domains[0]))
		case n:
			c.Domain = r.domainText(r.unescaped.scalarText(domains[k]))
		default:
			c.Domain = []byte(LocalDomain)
		}
		dst = append(dst, c)
	}
	return append(dst, others...), len(dst) - 1
}

// appendValues appends the value of a path: all elements of an array, nulls among them, or
// another value itself.
func appendValues(dst []Value, e Event, p Path) []Value {
	v := e.Value(p)
	switch {
	case v.Kind == Array:
		return e.AppendElements(dst, p)
	case v.Found():
		return append(dst, v)
	}
	return dst
}
