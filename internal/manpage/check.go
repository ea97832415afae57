package manpage

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"unicode/utf8"
)

// exampleIndent is the indentation of text below a section.
const exampleIndent = 7

// Check returns what is wrong with a page as far as that is visible without roff: a
// missing section, characters that are not ASCII, unbalanced no-fill mode, and examples
// that are too wide. If groff is installed, it also formats the page and returns its
// warnings and lines of more than MaxColumns.
func Check(page []byte) error {
	var errs []error
	if !bytes.HasPrefix(page, []byte(".TH ")) || !bytes.Contains(page, []byte("\n.SH \"NAME\"\n")) {
		errs = append(errs, errors.New("the page has no .TH or no section NAME"))
	}
	filled := true
	for i, line := range strings.Split(string(page), "\n") {
		at := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("line %d: %s", i+1, fmt.Sprintf(format, args...)))
		}
		switch line {
		case ".nf":
			filled = false
		case ".fi":
			filled = true
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r >= 0x80 || r < 0x20 }) {
			at("not printable ASCII: %q", line)
		}
		if width := exampleIndent + len(plainText(line)); !filled && width > MaxColumns {
			at("%d columns: %s", width, line)
		}
	}
	if !filled {
		errs = append(errs, errors.New(".nf without .fi"))
	}
	text, err := Format(page)
	if errors.Is(err, exec.ErrNotFound) {
		return errors.Join(errs...)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if utf8.RuneCountInString(line) > MaxColumns {
			errs = append(errs, fmt.Errorf("more than %d columns: %s", MaxColumns, line))
		}
	}
	return errors.Join(append(errs, err)...)
}

// Format returns the page as man prints it on a terminal of MaxColumns, without bold and
// italics. Warnings of groff are an error. The error wraps exec.ErrNotFound if groff is
// not installed.
func Format(page []byte) (string, error) {
	c := exec.Command("groff", "-man", "-Tutf8", "-ww", "-P-c", "-P-bou", fmt.Sprintf("-rLL=%dn", MaxColumns))
	c.Stdin = bytes.NewReader(page)
	var out, warnings bytes.Buffer
	c.Stdout, c.Stderr = &out, &warnings
	err := c.Run()
	if err == nil && warnings.Len() > 0 {
		err = errors.New("groff: " + strings.TrimSpace(warnings.String()))
	}
	return out.String(), err
}

// plainText returns an escaped line with one character for each column.
func plainText(line string) string {
	line = strings.NewReplacer(`\e`, `\`, `\-`, `-`, `\(aq`, `'`, `\(ga`, "`", `\(ha`, `^`, `\(ti`, `~`, `\&`, "").Replace(line)
	for {
		i := strings.Index(line, `\[u`)
		if i < 0 {
			return line
		}
		end := i + strings.IndexByte(line[i:], ']')
		line = line[:i] + "?" + line[end+1:]
	}
}
