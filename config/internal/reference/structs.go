package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"strconv"
	"strings"

	"github.com/kithsec/kith/config/internal/yamlfile"
)

// declarations are structs by name; the Config of a package other than main is
// also found as "package.Config".
type declarations map[string]*ast.StructType

func (d declarations) read(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, isType := n.(*ast.TypeSpec)
		if !isType {
			return true
		}
		if body, isStruct := spec.Type.(*ast.StructType); isStruct {
			name := spec.Name.Name
			if _, taken := d[name]; taken {
				name = file.Name.Name + "." + name
			}
			d[name] = body
		}
		return false
	})
	return nil
}

// key is one key of the file.
type key struct{ name, takes, meaning string }

// keys returns the keys of a struct in its order, without those of embedded
// structs.
func (d declarations) keys(name string) ([]key, error) {
	body, found := d[name]
	if !found {
		return nil, fmt.Errorf("no struct %s in %s", name, strings.Join(sources, ", "))
	}
	var keys []key
	for _, f := range body.Fields.List {
		for _, id := range f.Names {
			k := key{keyOf(f, id.Name), takes(f.Type), d.meaning(f, id.Name)}
			if !id.IsExported() || k.name == "-" {
				continue
			}
			if k.takes == "" {
				return nil, fmt.Errorf("%s.%s: no words for the type %s", name, id.Name, types.ExprString(f.Type))
			}
			keys = append(keys, k)
		}
	}
	return keys, nil
}

func keyOf(f *ast.Field, name string) string {
	if f.Tag != nil {
		text, _ := strconv.Unquote(f.Tag.Value)
		if tag, _, _ := strings.Cut(reflect.StructTag(text).Get("yaml"), ","); tag != "" {
			return tag
		}
	}
	return yamlfile.KeyName(name)
}

// meaning is the field's comment as one cell of a table. It begins with what
// the key does, not with the name that Go demands.
func (d declarations) meaning(f *ast.Field, name string) string {
	text := f.Doc.Text()
	if text == "" {
		text = f.Comment.Text()
	}
	text = strings.Join(strings.Fields(text), " ")
	for _, begin := range []string{" is ", " are ", " holds ", " says ", " names "} {
		if rest, cut := strings.CutPrefix(text, name+begin); cut {
			text = rest
			if begin == " names " || begin == " says " || begin == " holds " {
				text = strings.TrimSpace(begin) + " " + rest
			}
		}
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, name+" "), ".")
	return linked.Replace(text)
}

// linked escapes what has a meaning in tables.
var linked = strings.NewReplacer(
	"|", "\\|", "<", "&lt;",
)

// takes says what a key takes, in words for people who write YAML.
func takes(t ast.Expr) string {
	name := strings.TrimPrefix(types.ExprString(t), "*")
	if words, known := typeWords[name]; known {
		return words
	}
	if element, isList := strings.CutPrefix(name, "[]"); isList && typeWords["each "+element] != "" {
		return "list of " + typeWords["each "+element]
	}
	return ""
}

var typeWords = map[string]string{
	"string": "text", "bool": "true or false", "int": "number", "float64": "number", "Number": "number",
	"Literals": "text or list of texts", "entity.Literals": "text or list of texts",
	"map[string]string": "names and texts", "map[string]map[string]string": "names and maps of texts", "map[string]Field": "names and [fields](#fields)",
	"each string": "texts", "each Source": "[sources](#sources)", "each ZoneRule": "[zone rules](#zone-rules)",
	"each clauseConfig": "[conditions](#conditions)", "each entity.Clause": "[conditions](#conditions)",
	"each RiskFactor": "[factors](#risk-factors)", "each RiskRule": "[rules](#risk-rules)", "each IncidentRule": "[incident rules](#incident-rules)",
	"each RiskObject": "[risk objects](#risk-objects)", "each ThreatObject": "[threat objects](#threat-objects)",
	"Aggregate": "word or block", "Severity": "word or list of steps",
	"Lists": "[lists](#lists)", "Identities": "[lists](#lists) and [more](#identities)", "Zones": "[zones](#zones)",
	"Enrich": "[enrichment](#enrichment)", "Reload": "[reloading](#reloading)", "Risk": "[risk](#risk)",
}
