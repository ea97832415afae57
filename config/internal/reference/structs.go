package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/kithsec/kith/config/internal/yamlfile"
)

// declarations are structs by name. If several packages have a struct of one name, those
// of the later files are named "package.Name".
type declarations map[string]*ast.StructType

// parseFile adds the structs that a Go file declares.
func (d declarations) parseFile(path string) error {
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

// key is a key of the configuration file. Its type, its default and its meaning are
// Markdown; the default is empty if there is none.
type key struct{ name, typ, fallback, meaning string }

// keysOf returns the keys of a struct in the order of its fields, without those of
// embedded structs.
func (d declarations) keysOf(name string) ([]key, error) {
	body, found := d[name]
	if !found {
		return nil, fmt.Errorf("no struct %s in %s", name, strings.Join(sources, ", "))
	}
	var keys []key
	for _, f := range body.Fields.List {
		for _, id := range f.Names {
			k := key{name: keyOf(f, id.Name), typ: typeInWords(f.Type)}
			k.meaning, k.fallback = splitDefault(d.meaningOf(f, id.Name))
			if k.fallback == "" && types.ExprString(f.Type) == "bool" {
				k.fallback = "false"
			}
			if !id.IsExported() || k.name == "-" {
				continue
			}
			if k.typ == "" {
				return nil, fmt.Errorf("%s.%s: no words for the type %s", name, id.Name, types.ExprString(f.Type))
			}
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// keyOf returns the key that a field is decoded from.
func keyOf(f *ast.Field, name string) string {
	if f.Tag != nil {
		text, _ := strconv.Unquote(f.Tag.Value)
		if tag, _, _ := strings.Cut(reflect.StructTag(text).Get("yaml"), ","); tag != "" {
			return tag
		}
	}
	return yamlfile.KeyName(name)
}

// splitDefault splits a meaning such as "a glob; default none. Globs are sorted" into the
// meaning without the default, and the default. The default of a text that states none is
// empty.
func splitDefault(text string) (meaning, fallback string) {
	m := stated.FindStringSubmatch(text)
	if m == nil {
		return text, ""
	}
	if before, after := m[1], m[3]; before != "" && after != "" {
		return before + ". " + after, m[2]
	}
	return m[1] + m[3], m[2]
}

// stated matches a meaning that states a default: the text before it, the default, and
// the sentences after it.
var stated = regexp.MustCompile(`^(?:(.*?)[;.,] )?[Dd]efault (?:is |by )?([^;]+?)(?:\. ([A-Z].*))?$`)

// meaningOf returns the comment of a field as a cell of a table, without the name of the
// field that it begins with.
func (d declarations) meaningOf(f *ast.Field, name string) string {
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
	return strings.ReplaceAll(text, "<", "&lt;") // Markdown interprets it
}

// typeInWords returns the type of a key in words for people who write YAML, "" for a type
// without words.
func typeInWords(t ast.Expr) string {
	name := strings.TrimPrefix(types.ExprString(t), "*")
	if words, known := typeWords[name]; known {
		return words
	}
	if element, isList := strings.CutPrefix(name, "[]"); isList && typeWords["each "+element] != "" {
		return "list of " + typeWords["each "+element]
	}
	return ""
}

// typeWords has the words for Go types, and for elements of lists after "each".
var typeWords = map[string]string{
	"string": "string", "bool": "true or false", "int": "number", "float64": "number", "Number": "number", "Multiple": "number or multiple", "Score": "number or mapping",
	"Literals": "string or list of strings", "entity.Literals": "string or list of strings",
	"map[string]string": "map of strings", "map[string]map[string]string": "map of maps of strings", "Newest": "[newest](#newest)",
	"time.Duration": "duration, such as 15m", "SQL": "[SQL](#sql)", "LDAP": "[LDAP](#ldap)", "Bind": "[bind](#bind)", "Basic": "[basic](#basic)",
	"Secret": "[secret](#secrets)", "TextOrSecret": "string or [secret](#secrets)", "map[string]TextOrSecret": "map of strings or [secrets](#secrets)",
	"map[string]Field": "map of [fields](#fields)",
	"each string":      "strings", "each Source": "[sources](#sources)", "each ZoneRule": "[zone rules](#zone-rules)",
	"each clauseConfig": "[conditions](#conditions)", "each entity.Clause": "[conditions](#conditions)",
	"each RiskFactor": "[factors](#risk-factors)", "each RiskRule": "[rules](#risk-rules)", "each IncidentRule": "[incident rules](#incident-rules)",
	"each RiskObject": "[risk objects](#risk-objects)", "each ThreatObject": "[threat objects](#threat-objects)",
	"Aggregate": "string or mapping", "Severity": "string or list of steps",
	"Assets": "[lists](#lists) and [more](#assets)", "Identities": "[lists](#lists) and [more](#identities)", "Zones": "[zones](#zones)",
	"Enrich": "[enrichment](#enrichment)", "Reload": "[reloading](#reloading)", "Risk": "[risk](#risk)",
}
