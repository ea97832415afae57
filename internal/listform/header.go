package listform

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
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
	rows      iter.Seq[csvio.Row] // below the line
	guess     *guess              // nil unless the columns are guessed
}

func anyHeader(*candidate) bool { return true }

// searchHeader returns the header among the first lines of a list of any form, each of which
// is given as its candidates, or false if there is none. The header is the first line with a
// key column or, if there is none, the first whose columns can be guessed. If the columns of
// an earlier line that is as wide can be guessed, that line is the header instead: the later
// one is a row with a value that is also the name of a field, such as "Mac".
func (o *Options) searchHeader(lines iter.Seq[[]candidate]) (candidate, bool) {
	found, at, ok := firstHeader(lines, func(c *candidate) bool { return o.hasKeyColumn(c.names) })
	if ok && at == 0 {
		return found, true
	}
	guessed, guessedAt, isGuess := firstHeader(lines, func(c *candidate) bool {
		c.guess = o.guessColumns(c.names, c.rows)
		return c.guess != nil
	})
	if isGuess && (!ok || guessedAt < at && len(guessed.names) == len(found.names)) {
		return guessed, true
	}
	return found, ok
}

// firstHeader returns the first line with a candidate that accepts returns true for, and its
// index among the lines. After the first line, a header has as many cells as the next row,
// and no cell that looks like a value.
func firstHeader(lines iter.Seq[[]candidate], accepts func(*candidate) bool) (found candidate, at int, ok bool) {
	for candidates := range lines {
		found, ok := widest(candidates, func(c *candidate) bool {
			return (at == 0 || len(c.names) == c.next && !slices.ContainsFunc(c.names, looksLikeValue)) && accepts(c)
		})
		if ok {
			return found, at, true
		}
		at++
	}
	return candidate{}, at, false
}

// widest returns the candidate with the most cells that accepts returns true for; of several,
// the first.
func widest(candidates []candidate, accepts func(*candidate) bool) (best candidate, ok bool) {
	for _, c := range candidates {
		if (!ok || len(c.names) > len(best.names)) && accepts(&c) {
			best, ok = c, true
		}
	}
	return best, ok
}

// looksLikeValue reports whether a cell is an address, a MAC address or an e-mail address,
// and therefore not the name of a column.
func looksLikeValue(cell string) bool {
	name, domain, ok := strings.Cut(cell, "@")
	return looksLikeAddress(cell) || ok && name != "" && strings.Contains(domain, ".")
}

// looksLikeAddress reports whether a cell is an address, a prefix or a MAC address.
func looksLikeAddress(cell string) bool {
	if _, err := netip.ParseAddr(cell); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(cell); err == nil {
		return true
	}
	_, bits, ok := schema.ParseMAC(cell)
	return ok && bits >= 48
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
