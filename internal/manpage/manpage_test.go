package manpage

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func samplePage() *Page {
	p := New(Header{Title: "KITH-TRY", Section: 1, Date: time.Unix(0, 0), Source: `kith "x"`, Manual: "User commands"})
	p.AddName("kith-try", "try it")
	p.AddSection("SYNOPSIS")
	p.AddSynopsis("kith try", "[FILE…]")
	p.AddSection("DESCRIPTION")
	p.AddText(".A `name` of ACME\\jdoe,\nsee --output and (-q).\n\n  kith try 'a' > ~/b\n    | c\n\nEnd.")
	p.AddSection("OPTIONS")
	p.AddSubsection("Lists")
	p.AddFlag("-o", "--output", "FILE", "write to FILE")
	p.AddFlag("", "--quiet", "", "hide progress")
	p.AddTerm("sources", "list", "the lists")
	return p
}

func TestPageEscapesTexts(t *testing.T) {
	assert.Equal(t, `.TH "KITH\-TRY" 1 "1970\-01\-01" "kith \(dqx\(dq" "User commands"
.nh
.ad l
.SH "NAME"
kith\-try \- try it
.SH "SYNOPSIS"
.PP
\fBkith try\fR [FILE\[u2026]]
.SH "DESCRIPTION"
.PP
\&.A \fBname\fR of ACME\ejdoe,
see \fB\-\-output\fR and (\fB\-q\fR).
.PP
.nf
kith try \(aqa\(aq > \(ti/b
  | c
.fi
.PP
End.
.SH "OPTIONS"
.SS "Lists"
.TP
\fB\-o\fR, \fB\-\-output\fR \fIFILE\fR
write to FILE
.TP
\fB\-\-quiet\fR
hide progress
.TP
\fBsources\fR \fIlist\fR
the lists
`, string(samplePage().Bytes()))
}

func TestCheckFindsWhatDoesNotFit(t *testing.T) {
	require.NoError(t, Check(samplePage().Bytes()))
	for want, add := range map[string]func(p *Page){
		"columns":              func(p *Page) { p.AddExample(strings.Repeat("x", MaxColumns)) },
		".nf without .fi":      func(p *Page) { p.roff.WriteString(".nf\n") },
		"not printable ASCII":  func(p *Page) { p.roff.WriteString("é\n") },
		"no .TH or no section": func(p *Page) { p.roff.Reset() },
	} {
		p := samplePage()
		add(p)
		assert.ErrorContains(t, Check(p.Bytes()), want)
	}
	_, err := exec.LookPath("groff")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("groff is not installed")
	}
	p := samplePage()
	p.roff.WriteString(".bogus\n")
	assert.ErrorContains(t, Check(p.Bytes()), "bogus")
	p = samplePage()
	p.AddText(strings.Repeat("y", 90))
	assert.ErrorContains(t, Check(p.Bytes()), "more than 80 columns")
}

func TestFormatShowsTextsAsTheyAre(t *testing.T) {
	text, err := Format(samplePage().Bytes())
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("groff is not installed")
	}
	require.NoError(t, err)
	for _, want := range []string{"kith-try - try it", "kith try [FILE…]", ".A name of ACME\\jdoe, see --output and (-q).", "       kith try 'a' > ~/b\n         | c\n", "-o, --output FILE"} {
		assert.Contains(t, text, want)
	}
}
