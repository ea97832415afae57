package listform

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
)

// searchedLines is the number of lines in which the header is searched.
const searchedLines = 50

// candidate is a line that may be the header, as cells. A line of delimited text is a
// candidate for each delimiter.
type candidate struct {
	names     []string
	next      int // number of cells of the next row; 0 if there is none
	line      int // of the first cell
	first     int // the line searched, which may be a blank one before line
	delimiter byte
}

func anyHeader(candidate) bool { return true }

func (o *Options) acceptsFirst(c candidate) bool { return o.hasKeyColumn(c.names) }

func (o *Options) acceptsLater(c candidate) bool {
	return len(c.names) == c.next && o.hasKeyColumn(c.names) && !slices.ContainsFunc(c.names, looksLikeValue)
}

// searchHeader searches the header in the first lines of a list of any form, each of which
// is given as its candidates. It returns false if no line has a key column.
func (o *Options) searchHeader(lines iter.Seq[[]candidate]) (candidate, bool) {
	accepts := o.acceptsFirst
	for candidates := range lines {
		if found, ok := widest(candidates, accepts); ok {
			return found, true
		}
		accepts = o.acceptsLater
	}
	return candidate{}, false
}

// widest returns the candidate with most cells that accepts accepts; of several, the first.
func widest(candidates []candidate, accepts func(candidate) bool) (best candidate, ok bool) {
	for _, c := range candidates {
		if accepts(c) && (!ok || len(c.names) > len(best.names)) {
			best, ok = c, true
		}
	}
	return best, ok
}

// looksLikeValue reports whether a cell is an address, a MAC address or an e-mail address,
// and therefore not the name of a column.
func looksLikeValue(cell string) bool {
	if _, err := netip.ParseAddr(cell); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(cell); err == nil {
		return true
	}
	if _, bits, ok := schema.ParseMAC(cell); ok && bits >= 48 {
		return true
	}
	name, domain, ok := strings.Cut(cell, "@")
	return ok && name != "" && strings.Contains(domain, ".")
}

// preambleLines are the lines before the header, except blank ones, comments and Excel's
// sep=.
type preambleLines struct {
	first     string // the text of the first
	at, count int    // line of the first, and their number
}

func (p *preambleLines) add(line int, text string) {
	text = fold.Trim(text)
	if text == "" || text[0] == '#' || strings.HasPrefix(fold.Lower(text), "sep=") {
		return
	}
	if p.count++; p.count == 1 {
		p.at, p.first = line, text
	}
}

// report reports the lines in one note.
func (p *preambleLines) report(header int, report func(*entity.RowError)) {
	if p.count == 0 {
		return
	}
	lines := "1 line before the header is not read"
	if p.count > 1 {
		lines = fmt.Sprintf("%d lines before the header are not read", p.count)
	}
	report(note(p.at, 0, "lines before the header", p.first, "%s (the header is in line %d): %s", lines, header, problem.Quote(p.first)))
}

// numberRepeated gives a repeated name the next free number, from 2, and reports whether
// there was one.
func numberRepeated(names []string, line int, report func(*entity.RowError)) (repeated bool) {
	taken := map[string]bool{}
	for _, name := range names {
		taken[fold.Name(name)] = true
	}
	seen := map[string]bool{}
	for i, name := range names {
		if folded := fold.Name(name); name == "" || !seen[folded] {
			seen[folded] = true
			continue
		}
		n := 2
		for taken[fold.Name(fmt.Sprintf("%s.%d", name, n))] {
			n++
		}
		names[i] = fmt.Sprintf("%s.%d", name, n)
		repeated = true
		seen[fold.Name(names[i])], taken[fold.Name(names[i])] = true, true
		report(note(line, 0, "repeated column", name, "column %d repeats the name %s: it is read as %s", i+1, problem.Quote(name), problem.Quote(names[i])))
	}
	return repeated
}
