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

// layers lists, for each package, the packages of this module and the third-party
// modules that it imports; for bench that includes its tests. Of the packages
// below internal/, only table, keysearch and typedcsv import entity, and cond
// imports it for its Clause; gold and gen are for tests.
var layers = map[string][]string{
	"":       {},
	"assets": {"entity", "internal/bytestext", "internal/fold", "internal/schema", "internal/table", "internal/typedcsv"},
	"bench": {
		"assets", "detect", "enrich", "entity", "identities", "merge", "pipeline", "risk", "risk/score", "snapshot", "state",
		"state/bolt", "internal/bytestext", "internal/csvio", "internal/entities", "internal/gen", "internal/lpm", "internal/names", "internal/stream",
		system, testify,
	},
	"bench/compare":  {},
	"bench/coverage": {"enrich", "entity", "event", "merge", "snapshot"},
	"cmd/kith": {
		"assets", "cmd/kith/internal/term", "config", "detect", "enrich", "entity", "event", "explain", "lists", "lists/remote", "merge", "pipeline", "risk",
		"risk/score", "snapshot", "state", "state/bolt", "internal/atomicfile", "internal/eventtime", "internal/exports", "internal/fold", "internal/inputs",
		"internal/jsonobject", "internal/nearest", "internal/outputs", "internal/problem", "internal/stream", cobra, compress, pflag,
	},
	"cmd/kith/internal/term": {"internal/jsonobject", "internal/problem", progressbar, terminal, uniseg},
	"config": {
		"assets", "config/internal/yamlfile", "detect", "enrich", "entity", "event", "identities", "merge", "risk", "risk/score",
		"snapshot", "internal/cond", "internal/csvio", "internal/eventtime", "internal/filestate", "internal/fold",
		"internal/listform", "internal/problem", "internal/schema", yaml,
	},
	"config/internal/reference": {"config/internal/yamlfile", "internal/manpage"},
	"config/internal/yamlfile":  {"internal/nearest", "internal/problem", yaml},
	"detect":                    {"entity", "event", "risk/score", "internal/bytestext", "internal/cond", "internal/fold", "internal/keytext", "internal/problem"},
	"enrich": {
		"entity", "event", "snapshot", "internal/csvio", "internal/fold", "internal/jsonscan", "internal/prefetch",
		"internal/stream", "internal/table", "internal/zeeklog",
	},
	"entity":            {"internal/entities", "internal/fold", "internal/schema"},
	"event":             {"entity", "internal/addr", "internal/bytestext", "internal/cond", "internal/eventtime", "internal/fold", "internal/jsonscan", "internal/nearest", "internal/problem", "internal/schema"},
	"event/gen":         {"entity", "event", yaml},
	"examples/detector": {"detect", "entity", "merge", "risk", "snapshot"},
	"examples/httplog":  {"enrich", "entity", "merge", "snapshot"},
	"examples/nightly":  {"entity", "merge"},
	"explain": {
		"assets", "entity", "event", "merge", "snapshot", "internal/entities", "internal/fold", "internal/jsonobject",
		"internal/keysearch", "internal/nearest", "internal/problem", "internal/schema", "internal/table",
	},
	"identities":            {"entity", "internal/bytestext", "internal/fold", "internal/nearest", "internal/schema", "internal/table", "internal/typedcsv"},
	"internal/addr":         {"internal/bytestext"},
	"internal/arena":        {"internal/hugepage"},
	"internal/atomicfile":   {},
	"internal/bytestext":    {},
	"internal/cond":         {"entity", "internal/bytestext", "internal/decimal", "internal/fold", "internal/nearest"},
	"internal/csvio":        {compress},
	"internal/decimal":      {},
	"internal/entities":     {"internal/arena", "internal/bytestext", "internal/fold", "internal/hugepage", "internal/schema", "internal/sections"},
	"internal/eventtime":    {"internal/decimal"},
	"internal/expr":         {},
	"internal/exports":      {"internal/fold"},
	"internal/filestate":    {},
	"internal/fold":         {},
	"internal/gen":          {},
	"internal/gold":         {"assets", "enrich", "entity", "event", "internal/entities", "internal/keytext", "internal/schema"},
	"internal/gold/weights": {"risk/score"},
	"internal/hugepage":     {},
	"internal/inputs":       {"internal/csvio", "internal/jsonscan", "internal/outputs", "internal/problem"},
	"internal/jsonobject":   {},
	"internal/jsonscan":     {system},
	"internal/keytext":      {"internal/fold", unicodeText},
	"internal/keysearch":    {"entity", "internal/entities", "internal/fold", "internal/schema", cidranger, radix},
	"internal/listform": {
		"entity", "internal/bytestext", "internal/cond", "internal/csvio", "internal/exports", "internal/fold", "internal/jsonscan", "internal/nearest",
		"internal/problem", "internal/schema", "internal/spool", "internal/xlsx", unicodeText,
	},
	"internal/lpm":       {"internal/prefetch", "internal/sections"},
	"internal/manpage":   {},
	"internal/names":     {"internal/bytestext", "internal/fold", "internal/hugepage", "internal/prefetch", "internal/sections"},
	"internal/nearest":   {},
	"internal/outputs":   {"internal/problem"},
	"internal/prefetch":  {},
	"internal/problem":   {"internal/nearest"},
	"internal/radixsort": {"internal/hugepage"},
	"internal/rankcode":  {"internal/sections"},
	"internal/readahead": {},
	"internal/schema":    {"internal/addr", "internal/fold", "internal/keytext", "internal/problem"},
	"internal/sections":  {},
	"internal/spool":     {},
	"internal/stream":    {"internal/csvio", "internal/jsonscan", "internal/zeeklog"},
	"internal/table": {
		"entity", "internal/addr", "internal/bytestext", "internal/entities", "internal/fold", "internal/hugepage", "internal/jsonscan", "internal/keytext", "internal/lpm",
		"internal/names", "internal/prefetch", "internal/radixsort", "internal/rankcode", "internal/schema", "internal/sections",
	},
	"internal/typedcsv":      {"entity", "internal/csvio", "internal/fold", "internal/problem", "internal/schema", gocsv},
	"internal/webclient":     {"internal/problem"},
	"internal/window":        {"internal/eventtime"},
	"internal/xlsx":          {"internal/fold", "internal/spool", gosax},
	"internal/xlsx/xlsxtest": {},
	"internal/zeeklog":       {"internal/jsonscan", "internal/problem"},
	"lists": {
		"config", "entity", "merge", "snapshot", "internal/entities", "internal/eventtime", "internal/filestate", "internal/fold",
		"internal/listform", "internal/problem", "internal/schema", "internal/sections", "internal/table", fsnotify,
	},
	"lists/remote": {
		"config", "entity", "lists", "internal/atomicfile", "internal/csvio", "internal/fold", "internal/listform", "internal/problem",
		"internal/webclient", asn1ber, ldap, pgx, sqlite,
	},
	"merge": {
		"entity", "identities", "internal/addr", "internal/atomicfile", "internal/bytestext", "internal/csvio", "internal/entities", "internal/fold",
		"internal/arena", "internal/hugepage", "internal/keytext", "internal/problem", "internal/radixsort", "internal/readahead", "internal/schema",
	},
	"packaging/sbom": {},
	"pipeline":       {"detect", "enrich", "event", "risk", "snapshot", "state"},
	"risk": {
		"detect", "entity", "event", "risk/score", "state", "internal/arena", "internal/bytestext", "internal/eventtime",
		"internal/expr", "internal/fold", "internal/jsonscan", "internal/problem", "internal/window",
	},
	"risk/score": {"internal/decimal"},
	"snapshot": {
		"assets", "entity", "identities", "internal/atomicfile", "internal/entities", "internal/fold", "internal/sections",
		"internal/table",
	},
	"state":      {"internal/outputs"},
	"state/bolt": {"state", bbolt},
}

const (
	gosax       = "github.com/orisano/gosax"
	gocsv       = "github.com/gocarina/gocsv"
	cidranger   = "github.com/yl2chen/cidranger"
	radix       = "github.com/armon/go-radix"
	compress    = "github.com/klauspost/compress"
	bbolt       = "go.etcd.io/bbolt"
	system      = "golang.org/x/sys"
	yaml        = "github.com/goccy/go-yaml"
	fsnotify    = "github.com/fsnotify/fsnotify"
	testify     = "github.com/stretchr/testify"
	cobra       = "github.com/spf13/cobra"
	pflag       = "github.com/spf13/pflag"
	progressbar = "github.com/schollz/progressbar"
	terminal    = "golang.org/x/term"
	uniseg      = "github.com/rivo/uniseg"
	unicodeText = "golang.org/x/text"
	pgx         = "github.com/jackc/pgx"
	sqlite      = "modernc.org/sqlite"
	ldap        = "github.com/go-ldap/ldap"
	asn1ber     = "github.com/go-asn1-ber/asn1-ber"
)

// TestLayersAreAsStated compares the import lines of every file with layers.
func TestLayersAreAsStated(t *testing.T) {
	imports := importsOf(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
	tests := importsOf(t, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	imports["bench"] = append(imports["bench"], tests["bench"]...)
	assert.Equal(t, slices.Sorted(maps.Keys(layers)), slices.Sorted(maps.Keys(imports)), "every package is listed in layers")
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		used := map[string]bool{}
		for _, imported := range imports[pkg] {
			if isStandard(imported) {
				continue
			}
			own, isOwn := strings.CutPrefix(imported, module+"/")
			i := slices.IndexFunc(layers[pkg], func(allowed string) bool {
				return isOwn && own == allowed || !isOwn && within(imported, allowed)
			})
			if assert.GreaterOrEqual(t, i, 0, "%s must not import %s", pkg, imported) {
				used[layers[pkg][i]] = true
			}
		}
		for _, allowed := range layers[pkg] {
			assert.True(t, used[allowed] || allowed == system, "%s does not import %s any more", pkg, allowed)
		}
	}
}

// TestLibraryIsLight lists the modules that a program never depends on because it
// imports the library.
func TestLibraryIsLight(t *testing.T) {
	heavy := []string{
		yaml, bbolt, fsnotify, cobra, progressbar, testify, terminal, pgx, sqlite, ldap, asn1ber,
	}
	imports := importsOf(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
	for pkg, list := range imports {
		top, _, _ := strings.Cut(pkg, "/")
		if top == "cmd" || top == "bench" || top == "config" || top == "lists" || pkg == "internal/listform" || pkg == "state/bolt" || pkg == "event/gen" {
			continue
		}
		for _, imported := range list {
			for _, h := range heavy {
				assert.False(t, within(imported, h), "%s must not import %s", pkg, imported)
			}
		}
	}
}

// TestGoldAndGenAreForTests checks that nothing that is built for users imports
// the slow twins or the generators.
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

// within reports whether p is the path parent or below it.
func within(p, parent string) bool { return p == parent || strings.HasPrefix(p, parent+"/") }

// isStandard reports whether a package belongs to the standard library, by the
// rule of the go command: the first element of any other import path has a dot.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// importsOf returns the imports of every package of this module, by its folder, from
// the files that use selects and this platform builds. Folders with a go.mod of their
// own are other modules; testdata has no code.
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
