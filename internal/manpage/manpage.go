// Package manpage writes manual pages with the man macros of roff. Release builds and
// tests use it; the command does not.
//
// Texts are plain. A text is divided into paragraphs by blank lines, and lines that
// begin with two spaces are printed as they are. Within a line, a flag such as --output
// and a text in `backquotes` are set in bold.
package manpage

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// MaxColumns is the width of a terminal that a page must fit.
const MaxColumns = 80

// A Page is a manual page. The methods append to it.
type Page struct{ roff bytes.Buffer }

// A Header is what a page prints in its first and last line.
type Header struct {
	Title   string    // in capitals: KITH-ENRICH
	Section int       // 1 are commands, 5 are files
	Date    time.Time // the zero Time for none
	Source  string    // the program or the project
	Manual  string    // the name of the section
}

// New returns a page without text.
func New(h Header) *Page {
	p := new(Page)
	date := ""
	if !h.Date.IsZero() {
		date = h.Date.UTC().Format("2006-01-02")
	}
	fmt.Fprintf(&p.roff, ".TH %s %d %s %s %s\n", quoteArgument(h.Title), h.Section, quoteArgument(date), quoteArgument(h.Source), quoteArgument(h.Manual))
	p.roff.WriteString(".nh\n.ad l\n") // no hyphenation, ragged right margin
	return p
}

// Bytes returns the page.
func (p *Page) Bytes() []byte { return p.roff.Bytes() }

// AddSection begins a section; its title is in capitals.
func (p *Page) AddSection(title string) {
	fmt.Fprintf(&p.roff, ".SH %s\n", quoteArgument(title))
}

// AddSubsection begins a subsection.
func (p *Page) AddSubsection(title string) {
	fmt.Fprintf(&p.roff, ".SS %s\n", quoteArgument(title))
}

// AddName adds the section NAME, which man -k searches.
func (p *Page) AddName(name, description string) {
	p.AddSection("NAME")
	fmt.Fprintf(&p.roff, "%s \\- %s\n", escape(name), escape(description))
}

// AddSynopsis adds a line of the synopsis: the command in bold, then its arguments.
func (p *Page) AddSynopsis(command, arguments string) {
	fmt.Fprintf(&p.roff, ".PP\n%s %s\n", bold(command), escape(arguments))
}

// AddText adds paragraphs and lines to be printed as they are.
func (p *Page) AddText(text string) {
	for paragraph := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		if strings.HasPrefix(paragraph, "  ") {
			p.AddExample(paragraph)
			continue
		}
		p.roff.WriteString(".PP\n")
		p.writeLines(paragraph)
	}
}

// AddExample adds lines that are printed as they are, without their common indentation.
func (p *Page) AddExample(text string) {
	p.roff.WriteString(".PP\n.nf\n")
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	indent := commonIndent(lines)
	for _, line := range lines {
		p.roff.WriteString(guardLine(escape(line[min(indent, len(line)):])) + "\n")
	}
	p.roff.WriteString(".fi\n")
}

// AddTerm adds a term in bold, with its arguments in italics, and its description.
func (p *Page) AddTerm(term, arguments, description string) {
	tag := bold(term)
	if arguments != "" {
		tag += " " + italic(arguments)
	}
	p.addTagged(tag, description)
}

// AddFlag adds an option of a command, with its short form and the placeholder of its
// value if it has them.
func (p *Page) AddFlag(short, long, placeholder, description string) {
	tag := bold(long)
	if short != "" {
		tag = bold(short) + ", " + tag
	}
	if placeholder != "" {
		tag += " " + italic(placeholder)
	}
	p.addTagged(tag, description)
}

func (p *Page) addTagged(tag, description string) {
	fmt.Fprintf(&p.roff, ".TP\n%s\n", tag)
	p.writeLines(description)
}

// writeLines writes a paragraph with one line of roff for each of its lines.
func (p *Page) writeLines(paragraph string) {
	for line := range strings.SplitSeq(paragraph, "\n") {
		p.roff.WriteString(guardLine(markUp(line)) + "\n")
	}
}

// marked matches what is set in bold within a line: a flag, or a text in backquotes.
var marked = regexp.MustCompile("`[^`]+`|(^|[ (\"])(--?[a-z][a-z-]*)")

// markUp escapes a line and sets flags and texts in backquotes in bold.
func markUp(line string) string {
	var b strings.Builder
	end := 0
	for _, m := range marked.FindAllStringSubmatchIndex(line, -1) {
		b.WriteString(escape(line[end:m[0]]))
		if m[4] < 0 {
			b.WriteString(bold(line[m[0]+1 : m[1]-1]))
		} else {
			b.WriteString(escape(line[m[2]:m[3]]) + bold(line[m[4]:m[5]]))
		}
		end = m[1]
	}
	return b.String() + escape(line[end:])
}

func bold(text string) string   { return `\fB` + escape(text) + `\fR` }
func italic(text string) string { return `\fI` + escape(text) + `\fR` }

// escapes replaces characters that roff interprets. A plain hyphen or apostrophe would be
// printed as a typographic one, which cannot be copied to a shell.
var escapes = strings.NewReplacer(
	`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`,
)

// escape returns text in the notation of roff, in ASCII.
func escape(text string) string {
	var b strings.Builder
	for _, r := range escapes.Replace(text) {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}

// guardLine keeps roff from reading a line of text as a request.
func guardLine(line string) string {
	if strings.HasPrefix(line, ".") {
		return `\&` + line
	}
	return line
}

// quoteArgument returns text as one argument of a macro.
func quoteArgument(text string) string {
	return `"` + strings.ReplaceAll(escape(text), `"`, `\(dq`) + `"`
}

// commonIndent returns the number of spaces that all lines begin with, except empty ones.
func commonIndent(lines []string) int {
	least := -1
	for _, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if line != "" && (least < 0 || indent < least) {
			least = indent
		}
	}
	return max(least, 0)
}
