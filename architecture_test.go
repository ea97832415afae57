package kith_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the generated part of docs/architecture.md")

const (
	architecture  = "docs/architecture.md"
	generatedFrom = "<!-- made by: go test -run TestArchitecture . -update -->\n"
	generatedTo   = "<!-- end of what is made -->\n"
)

// TestArchitectureDiagramMatchesTheImports compares the diagram and the tables
// of docs/architecture.md with the code.
func TestArchitectureDiagramMatchesTheImports(t *testing.T) {
	page, err := os.ReadFile(architecture)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), generatedFrom)
	require.True(t, found)
	_, after, found := strings.Cut(rest, generatedTo)
	require.True(t, found)
	want := before + generatedFrom + generatedPart(t) + generatedTo + after
	if *update {
		require.NoError(t, os.WriteFile(architecture, []byte(want), 0o644))
		return
	}
	assert.Equal(t, want, string(page), "run: go test -run TestArchitecture . -update")
}

func generatedPart(t *testing.T) string {
	t.Helper()
	imports := importsOf(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
	synopses := synopsesOf(t)
	var shown, leaves []string
	for pkg := range imports {
		switch {
		case forTests(pkg), pkg == "", strings.HasSuffix(pkg, "/gen"):
		case within(pkg, "internal"):
			leaves = append(leaves, pkg)
		case isPublic(module + "/" + pkg), pkg == "cmd/kith":
			shown = append(shown, pkg)
		}
	}
	slices.Sort(shown)
	slices.Sort(leaves)
	var b strings.Builder
	b.WriteString("\n```mermaid\ngraph TD\n")
	for _, arrow := range arrowsAmong(shown, imports) {
		fmt.Fprintf(&b, "  %s --> %s\n", arrow[0], arrow[1])
	}
	b.WriteString("```\n\n")
	writePackages(&b, shown, synopses)
	b.WriteString("\nThe leaves below them, in `internal/`:\n\n")
	writePackages(&b, leaves, synopses)
	b.WriteString("\n")
	return b.String()
}

// arrowsAmong returns the imports among some packages, without those that follow
// from others.
func arrowsAmong(packages []string, imports map[string][]string) [][2]string {
	direct := map[string][]string{}
	for _, pkg := range packages {
		for _, imported := range imports[pkg] {
			own, isOwn := strings.CutPrefix(imported, module+"/")
			if isOwn && own != pkg && slices.Contains(packages, own) {
				direct[pkg] = append(direct[pkg], own)
			}
		}
	}
	var arrows [][2]string
	for _, from := range packages {
		for _, to := range direct[from] {
			longer := slices.ContainsFunc(direct[from], func(by string) bool { return by != to && reaches(direct, by, to) })
			if !longer {
				arrows = append(arrows, [2]string{from, to})
			}
		}
	}
	return arrows
}

func reaches(direct map[string][]string, from, to string) bool {
	return from == to || slices.ContainsFunc(direct[from], func(by string) bool { return reaches(direct, by, to) })
}

// synopsesOf returns the first sentence of every package comment, without "Package
// x", by folder.
func synopsesOf(t *testing.T) map[string]string {
	t.Helper()
	synopses := map[string]string{}
	eachSource(t, func(name string, file *ast.File) {
		if file.Doc == nil {
			return
		}
		var p doc.Package
		words := strings.Fields(p.Synopsis(file.Doc.Text()))
		if len(words) > 2 && words[0] == "Package" {
			words = words[2:]
		}
		synopses[filepath.ToSlash(filepath.Dir(name))] = strings.TrimSuffix(strings.Join(words, " "), ".")
	})
	return synopses
}

// writePackages writes a list item for every package, in lines of at most 100 columns.
func writePackages(b *strings.Builder, packages []string, synopses map[string]string) {
	for _, pkg := range packages {
		line := fmt.Sprintf("* `%s`:", strings.TrimPrefix(pkg, "internal/"))
		for word := range strings.FieldsSeq(synopses[pkg]) {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > 100 {
				b.WriteString(line + "\n")
				line = " "
			}
			line += " " + word
		}
		b.WriteString(line + "\n")
	}
}

// TestEveryPackageHasAComment checks that docs/architecture.md has an entry for every
// package.
func TestEveryPackageHasAComment(t *testing.T) {
	imports := importsOf(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
	synopses := synopsesOf(t)
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		if pkg != "" {
			assert.NotEmpty(t, synopses[pkg], "package %s", pkg)
		}
	}
}
