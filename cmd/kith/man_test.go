package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/internal/manpage"
)

var manDir = flag.String("man", "", "write the manual pages into this folder")

// TestManPages makes a manual page of every command and checks it. Releases call it with
// -man DIR to write the pages, so that the code that makes them is not in the command.
func TestManPages(t *testing.T) {
	dir := *manDir
	if dir == "" {
		dir = t.TempDir()
	}
	require.NoError(t, os.MkdirAll(dir, 0o755))
	var date time.Time // without $SOURCE_DATE_EPOCH, pages have no date
	if text := os.Getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		require.NoError(t, err)
		date = time.Unix(seconds, 0)
	}
	for _, c := range allCommands() {
		if c.Name() == "help" {
			continue
		}
		page := manPage(c, date)
		require.NoError(t, manpage.Check(page), c.CommandPath())
		require.NoError(t, os.WriteFile(filepath.Join(dir, manName(c)+".1"), page, 0o644))
		checkManPage(t, c, string(page))
	}
}

// checkManPage checks that a page describes all parts of a command.
func checkManPage(t *testing.T, c *cobra.Command, page string) {
	t.Helper()
	want := []string{".SH \"SYNOPSIS\"", ".SH \"DESCRIPTION\"", ".SH \"OPTIONS\"", ".SH \"EXIT STATUS\"", ".SH \"SEE ALSO\""}
	for _, child := range listedCommands(c) {
		want = append(want, child.Short)
	}
	for _, group := range flagGroups {
		for _, f := range groupFlags(c, group) {
			_, long, placeholder := flagSpelling(f)
			tag := `\fB` + strings.ReplaceAll(long, "-", `\-`) + `\fR`
			if placeholder != "" {
				tag += ` \fI` + placeholder + `\fR`
			}
			want = append(want, tag+"\n")
		}
	}
	for _, text := range want {
		assert.Contains(t, strings.ReplaceAll(page, "`", ""), text, c.CommandPath())
	}
	assert.NotContains(t, page, "=[]", c.CommandPath())
}

// TestExitStatusIsAsTheManualSays runs a command for every exit status of the manual.
func TestExitStatusIsAsTheManualSays(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("hosts.csv", []byte("ip,owner\n10.0.0.1,ann\n10.0.0.300,bob\n"), 0o666))
	for want, args := range [][]string{
		exitDone:   {"lookup", "10.0.0.1", "--assets", "hosts.csv"},
		exitFailed: {"lookup", "10.0.0.1", "--assets", "absent.csv"},
		exitUsage:  {"lookup"},
		exitLoss:   {"lookup", "10.0.0.1", "--assets", "hosts.csv", "--strict"},
	} {
		var out, errs bytes.Buffer
		assert.Equal(t, want, run(context.Background(), args, strings.NewReader(""), &out, &errs), "kith %q: %s", args, errs.String())
	}
}

// manName returns the name of a command's page: kith-risk-show.
func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage returns the manual page of a command.
func manPage(c *cobra.Command, date time.Time) []byte {
	p := manpage.New(manpage.Header{
		Title: strings.ToUpper(manName(c)), Section: 1, Date: date, Source: "kith", Manual: "User commands",
	})
	p.AddName(manName(c), strings.ToLower(c.Short[:1])+c.Short[1:])
	p.AddSection("SYNOPSIS")
	addSynopsis(p, c)
	p.AddSection("DESCRIPTION")
	p.AddText(c.Long)
	if c.Long == "" {
		p.AddText(c.Short + ".")
	}
	if children := listedCommands(c); len(children) > 0 {
		p.AddSection("COMMANDS")
		for _, child := range children {
			p.AddTerm(strings.TrimPrefix(child.CommandPath(), "kith "), "", child.Short+seePage(child))
		}
	}
	p.AddSection("OPTIONS")
	addOptions(p, c)
	if c.Example != "" {
		p.AddSection("EXAMPLES")
		p.AddExample(c.Example)
	}
	addManSections(p, c)
	p.AddSection("SEE ALSO")
	p.AddText(strings.Join(relatedPages(c), ",\n"))
	return p.Bytes()
}

func addSynopsis(p *manpage.Page, c *cobra.Command) {
	if c.HasAvailableSubCommands() {
		p.AddSynopsis(c.CommandPath(), "COMMAND [ARGUMENT…]")
	}
	if c.Runnable() && (!c.HasAvailableSubCommands() || c.Use != c.Name()) {
		arguments := strings.TrimSpace(strings.TrimPrefix(c.Use, c.Name()) + " [OPTION…]")
		p.AddSynopsis(c.CommandPath(), arguments)
	}
}

// seePage returns the reference to the page of a command, which help does not have.
func seePage(c *cobra.Command) string {
	if c.Name() == "help" {
		return "."
	}
	return "; see " + manName(c) + "(1)."
}

// capitalize returns text with its first letter, which is ASCII, in upper case.
func capitalize(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// addOptions adds the flags of a command in their groups.
func addOptions(p *manpage.Page, c *cobra.Command) {
	for _, group := range flagGroups {
		flags := groupFlags(c, group)
		if len(flags) == 0 {
			continue
		}
		p.AddSubsection(group)
		for _, f := range flags {
			short, long, placeholder := flagSpelling(f)
			p.AddFlag(short, long, placeholder, capitalize(flagText(f))+".")
		}
	}
}

// relatedPages returns the pages of the commands above, below and beside c, and that of
// the configuration.
func relatedPages(c *cobra.Command) []string {
	related := listedCommands(c)
	if c.HasParent() {
		related = append(related, listedCommands(c.Parent())...)
	}
	for p := c.Parent(); p != nil; p = p.Parent() {
		related = append(related, p)
	}
	var pages []string
	for _, r := range related {
		if r != c && r.Name() != "help" {
			pages = append(pages, "`"+manName(r)+"`(1)")
		}
	}
	slices.Sort(pages)
	return append(pages, "`kith.yaml`(5)")
}
