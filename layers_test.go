package kith_test

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/kithsec/kith"

// layers says which packages of this module and which modules of others a
// package may import, itself and its tests aside. Every arrow points down.
// "internal" stands for every package below internal/ but gold and gen. Tables and
// searches map keys to entities, and typed rows are columns of entity fields, so
// that internal/table, internal/keysearch and internal/typedcsv know entity; the
// others hold one data structure or codec each and no word of the domain.
var layers = map[string][]string{
	"":                          {},
	"entity":                    {"internal"},
	"event":                     {"internal/bytestext", "entity", "internal/cond", "internal/eventtime", "internal/fold", "internal/jsonscan", "internal/nearest"},
	"assets":                    {"entity", "internal/fold", "internal/schema", "internal/table", "internal/typedcsv"},
	"identities":                {"entity", "internal/fold", "internal/nearest", "internal/schema", "internal/table", "internal/typedcsv"},
	"merge":                     {"entity", "assets", "identities", "internal", cidranger},
	"snapshot":                  {"entity", "assets", "identities", "internal/atomicfile", "internal/entities", "internal/fold", "internal/sections", "internal/table"},
	"enrich":                    {"entity", "event", "snapshot", "internal", compress},
	"detect":                    {"entity", "event", "risk/score", "internal/bytestext", "internal/cond", "internal/fold", "internal/problem"},
	"risk":                      {"entity", "event", "detect", "risk/score", "state", "internal"},
	"risk/score":                {"internal/decimal"},
	"state":                     {},
	"state/bolt":                {"state", bbolt},
	"internal/decimal":          {},
	"internal/eventtime":        {"internal/decimal"},
	"internal/arena":            {},
	"internal/expr":             {},
	"internal/window":           {"internal/eventtime"},
	"config":                    configured,
	"config/internal/yamlfile":  {"internal/nearest", "internal/problem", yaml},
	"config/internal/reference": {"config/internal/yamlfile"},
	"lists":                     loading,
	"explain":                   explaining,
	"internal/jsonobject":       {},
	"internal/filestate":        {},
	"internal/atomicfile":       {},
	"internal/csvio":            {"internal", compress},
	"internal/stream":           {"internal/csvio"},
	"internal/inputs":           {"internal/csvio", "internal/jsonscan", "internal/problem"},
	"internal/keysearch":        {"entity", "internal/entities", "internal/fold", "internal/schema", cidranger, radix},
	"internal/table":            tabled,
	"internal/typedcsv":         {"entity", "internal", gocsv},
	"internal/problem":          {"internal/nearest"},
	"internal/gold":             {"entity", "event", "assets", "identities", "merge", "enrich", "detect", "risk", "internal"},
	"internal/gold/weights":     {"risk/score"},
	"internal/cond":             {"entity", "internal/decimal", "internal/fold", "internal/nearest"},
	"internal/gen":              {"entity", "event", "assets", "identities", "merge", "enrich", "detect", "risk", "internal"},
	"event/gen":                 {"event", "entity", yaml},
	"pipeline":                  {"snapshot", "enrich", "detect", "risk", "state", "event", "internal/stream"},
	"cmd/kith":                  command,
	"cmd/kith/internal/term":    {"internal/jsonobject", "internal/problem", "github.com/schollz/progressbar", "golang.org/x/term"},
	"bench":                     {everything},
	"bench/compare":             {},
	"examples/detector":         library,
	"examples/httplog":          library,
	"examples/nightly":          library,
	"packaging/sbom":            {},
}

// tabled is what a table is made of.
var tabled = []string{
	"entity", "internal/addr", "internal/entities", "internal/fold", "internal/hugepage", "internal/jsonscan", "internal/lpm",
	"internal/names", "internal/prefetch", "internal/radixsort", "internal/rankcode", "internal/schema", "internal/sections",
}

// configured is what the configuration decodes into, and what reads its files.
var configured = []string{
	"entity", "event", "assets", "identities", "merge", "snapshot", "enrich", "detect", "risk", "risk/score", "config/internal/yamlfile",
	"internal/cond", "internal/csvio", "internal/eventtime", "internal/filestate", "internal/fold", "internal/nearest", "internal/problem", "internal/schema", yaml,
}

// loading is what lists are loaded with.
var loading = []string{
	"entity", "merge", "snapshot", "config", "internal/csvio", "internal/entities", "internal/filestate",
	"internal/fold", "internal/problem", "internal/schema", "internal/sections", "internal/table", fsnotify,
}

// explaining is what keys and entities are explained with.
var explaining = []string{
	"entity", "event", "assets", "merge", "snapshot", "internal/entities", "internal/fold", "internal/jsonobject",
	"internal/keysearch", "internal/nearest", "internal/problem", "internal/schema", "internal/table",
}

// command is what the command puts into flags and words.
var command = []string{
	"assets", "config", "detect", "enrich", "entity", "event", "explain", "lists", "merge", "risk", "risk/score", "state", "state/bolt",
	"cmd/kith/internal/term", "internal/eventtime", "internal/fold", "internal/inputs", "internal/jsonobject", "internal/problem", "internal/stream",
	compress, "github.com/spf13/cobra", "github.com/spf13/pflag",
}

// library is what an embedder imports, and so do the examples.
var library = []string{"entity", "event", "assets", "identities", "merge", "snapshot", "enrich", "detect", "risk", "risk/score", "state"}

// anyInternal is what a package of internal/ may import that layers does not
// name: its like, and what the standard library lacks of the system (features
// of the processor, mapped memory).
var anyInternal = []string{"internal", system}

const (
	everything = "*"
	gocsv      = "github.com/gocarina/gocsv"
	cidranger  = "github.com/yl2chen/cidranger"
	radix      = "github.com/armon/go-radix"
	compress   = "github.com/klauspost/compress"
	bbolt      = "go.etcd.io/bbolt"
	system     = "golang.org/x/sys"
	yaml       = "github.com/goccy/go-yaml"
	fsnotify   = "github.com/fsnotify/fsnotify"
)

// TestLayers reads the import lines of every file and compares them with the
// table in DESIGN.md as it stands above.
func TestLayers(t *testing.T) {
	imports := importsOf(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
	require.Contains(t, imports, "entity", "the walk has found the packages")
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		allowed, known := allowedFor(pkg)
		if !assert.True(t, known, "package %q stands in no layer: say in layers_test.go what it may import", pkg) {
			continue
		}
		for _, imported := range imports[pkg] {
			assert.True(t, permits(allowed, imported), "%s must not import %s", pkg, imported)
		}
	}
}

// TestLibraryIsLight says once more, by name, what an embedder never pulls in.
func TestLibraryIsLight(t *testing.T) {
	heavy := []string{
		yaml, bbolt, fsnotify, "github.com/spf13/cobra",
		"github.com/schollz/progressbar", "github.com/stretchr/testify", "golang.org/x/term",
	}
	imports := importsOf(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
	for pkg, list := range imports {
		top, _, _ := strings.Cut(pkg, "/")
		if top == "cmd" || top == "bench" || top == "config" || top == "lists" || pkg == "state/bolt" || pkg == "event/gen" {
			continue
		}
		for _, imported := range list {
			for _, h := range heavy {
				assert.False(t, within(imported, h), "%s must not import %s", pkg, imported)
			}
		}
	}
}

// TestGoldAndGenAreForTests keeps the slow twins and the generators out of
// everything that is built for users.
func TestGoldAndGenAreForTests(t *testing.T) {
	imports := importsOf(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
	for pkg, list := range imports {
		if within(pkg, "bench") || forTests(pkg) {
			continue
		}
		for _, imported := range list {
			assert.False(t, forTests(strings.TrimPrefix(imported, module+"/")), "%s must not import %s", pkg, imported)
		}
	}
}

func forTests(pkg string) bool { return within(pkg, "internal/gold") || pkg == "internal/gen" }

func allowedFor(pkg string) ([]string, bool) {
	if allowed, ok := layers[pkg]; ok {
		return allowed, true
	}
	return anyInternal, within(pkg, "internal")
}

// permits reports whether one of the allowed stands for the imported package.
func permits(allowed []string, imported string) bool {
	if isStandard(imported) {
		return true
	}
	own, isOwn := strings.CutPrefix(imported, module+"/")
	for _, a := range allowed {
		switch {
		case a == everything:
			return true
		case a == "internal" && isOwn && within(own, "internal") && !forTests(own):
			return true
		case isOwn && own == a, !isOwn && within(imported, a):
			return true
		}
	}
	return false
}

// within reports whether p is the path parent or below it.
func within(p, parent string) bool { return p == parent || strings.HasPrefix(p, parent+"/") }

// isStandard goes by the rule of the go command: the first element of any other
// module's path has a dot.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// importsOf returns the imports of every package of this module, by its folder,
// from the files that use says and this platform builds. Folders with a go.mod of their own are other
// modules; testdata is no code.
func importsOf(t *testing.T, use func(name string) bool) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && skipped(name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go" || !use(name):
			return nil
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), ".")
		list, err := fileImports(name)
		imports[pkg] = append(imports[pkg], list...)
		return err
	}))
	for pkg, list := range imports {
		slices.Sort(list)
		imports[pkg] = slices.Compact(list)
	}
	return imports
}

func skipped(dir string) bool {
	base := filepath.Base(dir)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func fileImports(name string) ([]string, error) {
	dir, base := filepath.Split(name)
	if built, err := build.Default.MatchFile(dir, base); err != nil || !built {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, imported)
	}
	return list, nil
}
