package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/internal/exports"
	"github.com/kithsec/kith/internal/jsonobject"
	"github.com/kithsec/kith/internal/problem"
)

// writeColumns writes the table of the columns of exports.
func (f *checkFlags) writeColumns(c *cobra.Command) error {
	for _, flag := range []string{"config", "assets", "identities", "strict"} {
		if c.Flags().Changed(flag) {
			return problem.Usagef("--columns prints a table and reads no lists: leave out --%s", flag)
		}
	}
	out := bufio.NewWriter(c.OutOrStdout())
	for i, e := range exports.All() {
		var err error
		if f.output == "json" {
			err = term.WriteJSON(out, exportObject(&e))
		} else {
			err = writeExport(out, &e, i == 0, term.StyleOf(c.OutOrStdout()))
		}
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

// writeExport writes the columns of an export in at most helpWidth columns, except for the
// address of its page.
func writeExport(out io.Writer, e *exports.Export, isFirst bool, s term.Style) error {
	var b strings.Builder
	if !isFirst {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s\n", s.Bold(fmt.Sprintf("%s (%s)", e.Product, e.Kind)))
	about := "recognised by " + marksInWords(e.Marks)
	if len(e.Never) > 0 {
		about += "; not beside " + strings.Join(e.Never, " or ")
	}
	for _, line := range wrapText(about, helpWidth-2) {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	fmt.Fprintf(&b, "  %s\n", s.Dim(e.Page))
	var g term.Grid
	g.AddRow("field", "column")
	g.StyleRow(s.Dim)
	for i, column := range e.Columns {
		if column.Field == "" {
			continue
		}
		field := column.Field
		if slices.ContainsFunc(e.Columns[:i], func(c exports.Column) bool { return c.Field == field }) {
			field += ", else" // of two columns, the first is taken
		}
		g.AddRow(field, column.Name)
	}
	g.Print(&b, "  ")
	_, err := io.WriteString(out, b.String())
	return err
}

// marksInWords returns the marks of an export as prose: "a, or b and c".
func marksInWords(marks [][]string) string {
	var alternatives []string
	for _, mark := range marks {
		alternatives = append(alternatives, strings.Join(mark, " and "))
	}
	return strings.Join(alternatives, ", or ")
}

// exportObject returns an export for the output in JSON.
func exportObject(e *exports.Export) jsonobject.Object {
	columns := []jsonobject.Object{}
	for _, c := range e.Columns {
		if c.Field != "" {
			columns = append(columns, jsonobject.Object{{"column", c.Name}, {"field", c.Field}})
		}
	}
	never := e.Never
	if never == nil {
		never = []string{}
	}
	return jsonobject.Object{
		{"what", "columns"}, {"product", e.Product}, {"kind", e.Kind}, {"marks", e.Marks}, {"never", never}, {"page", e.Page}, {"columns", columns},
	}
}
