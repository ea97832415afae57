package kith_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// internalMethods lists the types that may have a method Internal, which is for
// other packages of this module.
var internalMethods = []string{
	"assets.Table", "entity.Entities", "identities.Table",
}

const (
	maxMethods     = 25 // on one receiver
	maxEntityNames = 70 // exported by package entity
)

// TestPublicAPIIsSelfContained checks that callers outside this module can use
// everything that is exported: no exported declaration is an alias or mentions an
// unexported type or a type of internal/ or of another module, and only the types
// in internalMethods have a method Internal.
func TestPublicAPIIsSelfContained(t *testing.T) {
	for _, p := range publicPackages(t) {
		w := &apiWalk{pkg: p}
		scope := p.Scope()
		for _, name := range scope.Names() {
			if object := scope.Lookup(name); object.Exported() {
				w.checkObject(object)
			}
		}
		assert.Empty(t, w.found, "package %s", w.path())
	}
}

// TestEntityExportsFewNames limits the number of names in package entity, which
// only defines the terms of the domain.
func TestEntityExportsFewNames(t *testing.T) {
	for _, p := range publicPackages(t) {
		if p.Path() != module+"/entity" {
			continue
		}
		var names []string
		for _, name := range p.Scope().Names() {
			if token.IsExported(name) {
				names = append(names, name)
			}
		}
		assert.LessOrEqual(t, len(names), maxEntityNames, "%v", names)
		return
	}
	t.Fatal("package entity was not found")
}

// TestReceiversHaveFewMethods finds types that should be split into several.
func TestReceiversHaveFewMethods(t *testing.T) {
	methods := map[string]int{}
	eachSource(t, func(name string, file *ast.File) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
				methods[filepath.ToSlash(filepath.Dir(name))+"."+receiverName(f.Recv.List[0].Type)]++
			}
		}
	})
	require.NotEmpty(t, methods)
	for _, receiver := range slices.Sorted(maps.Keys(methods)) {
		assert.LessOrEqual(t, methods[receiver], maxMethods, "methods of %s", receiver)
	}
}

// eachSource calls do for every file of this module that is not a test.
func eachSource(t *testing.T, do func(name string, file *ast.File)) {
	t.Helper()
	files := token.NewFileSet()
	require.NoError(t, filepath.WalkDir(".", func(name string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && skipped(name):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err == nil {
			do(name, file)
		}
		return err
	}))
}

func receiverName(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return fmt.Sprintf("%T", e)
		}
	}
}

// publicPackages returns the packages that others can import, type-checked.
func publicPackages(t *testing.T) []*types.Package {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,Name", "./...").Output()
	require.NoError(t, err)
	exports := map[string]string{}
	var public []string
	for list := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export, Name string }
		if err := list.Decode(&p); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		exports[p.ImportPath] = p.Export
		if isPublic(p.ImportPath) && p.Name != "main" {
			public = append(public, p.ImportPath)
		}
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	var packages []*types.Package
	for _, path := range public {
		p, err := imports.Import(path)
		require.NoError(t, err)
		packages = append(packages, p)
	}
	require.NotEmpty(t, packages)
	return packages
}

func isPublic(path string) bool {
	own, isOwn := strings.CutPrefix(path, module)
	if !isOwn || strings.Contains(own+"/", "/internal/") {
		return false
	}
	top, _, _ := strings.Cut(strings.TrimPrefix(own, "/"), "/")
	return !slices.Contains([]string{"bench", "cmd", "examples", "packaging", "tools"}, top)
}

// apiWalk checks the exported declarations of one package.
type apiWalk struct {
	pkg   *types.Package
	found []string // violations
	where string   // the declaration that is checked
}

func (w *apiWalk) path() string { return strings.TrimPrefix(w.pkg.Path(), module+"/") }

func (w *apiWalk) fail(format string, args ...any) {
	text := w.where + ": " + fmt.Sprintf(format, args...)
	if !slices.Contains(w.found, text) {
		w.found = append(w.found, text)
	}
}

func (w *apiWalk) checkObject(o types.Object) {
	w.where = o.Name()
	named, isType := o.(*types.TypeName)
	if !isType {
		w.checkType(o.Type())
		return
	}
	if named.IsAlias() {
		w.fail("is an alias")
		return
	}
	w.checkMembers(o.Type())
	methods := types.NewMethodSet(types.NewPointer(o.Type()))
	for m := range methods.Methods() {
		if !m.Obj().Exported() {
			continue
		}
		w.where = o.Name() + "." + m.Obj().Name()
		if m.Obj().Name() == "Internal" && !slices.Contains(internalMethods, w.path()+"."+o.Name()) {
			w.fail("is exported for this module only")
		}
		w.checkType(m.Type())
	}
	w.where = o.Name()
}

// checkMembers checks the types of exported fields and of the methods of an
// interface.
func (w *apiWalk) checkMembers(t types.Type) {
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() {
				w.checkType(f.Type())
			}
		}
	case *types.Interface:
		for m := range u.Methods() {
			w.checkType(m.Type())
		}
	default:
		w.checkType(u)
	}
}

// checkType checks a type that an exported declaration mentions.
func (w *apiWalk) checkType(t types.Type) {
	switch t := t.(type) {
	case *types.Named:
		w.checkNamed(t.Obj())
		for arg := range t.TypeArgs().Types() {
			w.checkType(arg)
		}
	case *types.Alias:
		w.checkNamed(t.Obj())
	case *types.Pointer:
		w.checkType(t.Elem())
	case *types.Slice:
		w.checkType(t.Elem())
	case *types.Array:
		w.checkType(t.Elem())
	case *types.Chan:
		w.checkType(t.Elem())
	case *types.Map:
		w.checkType(t.Key())
		w.checkType(t.Elem())
	case *types.Signature:
		for v := range t.Params().Variables() {
			w.checkType(v.Type())
		}
		for v := range t.Results().Variables() {
			w.checkType(v.Type())
		}
	case *types.Struct, *types.Interface:
		w.checkMembers(t)
	}
}

func (w *apiWalk) checkNamed(o *types.TypeName) {
	p := o.Pkg()
	switch {
	case p == nil: // error, any, comparable
	case strings.Contains(p.Path()+"/", "/internal/") && strings.HasPrefix(p.Path(), module):
		w.fail("shows %s of %s", o.Name(), strings.TrimPrefix(p.Path(), module+"/"))
	case !isStandard(p.Path()) && !strings.HasPrefix(p.Path(), module):
		w.fail("shows %s of %s", o.Name(), p.Path())
	case p == w.pkg && !o.Exported():
		w.fail("shows %s, which is not exported", o.Name())
	}
}
