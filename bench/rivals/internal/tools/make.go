// Package tools implements what tools.sh needs to compare whole programs: it writes the
// same list in the format of each program, measures time and memory, and compares outputs
// with Kith's.
package tools

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/gen"
	"github.com/kithsec/kith/merge"
)

// Fields are added for each of Roles. All of them are single strings, because not every
// tool can write arrays.
var (
	Fields = []string{"priority", "bunit", "owner", "city", "country"}
	Roles  = []string{"src", "dest", "dvc"}
)

// Make writes into dir
//
//	assets.csv           the list, for Kith
//	events.ndjson        flat events
//	keys.csv, keys.tsv   every key in lower case, with the five fields of its asset
//	keys.json            the same as one object by key
//	src.csv and so on    the same with the names of the fields in that role
//	context.csv          key, name and value, for syslog-ng
//	table_owner.json …   a table for each field, for rsyslog
//
// Kith merges the list beforehand, so that the tools only have to look up keys.
func Make(dir string, assets, events int) error {
	world := gen.World{Seed: 1, Hosts: assets, People: assets/5 + 1}
	var list bytes.Buffer
	if _, err := (gen.AssetList{World: world}).WriteTo(&list); err != nil {
		return err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(list.Bytes())), nil }
	merged, err := merge.Merge(entity.Asset, []merge.Source{{Name: "list", Open: open}}, merge.Options{})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "assets.csv"), list.Bytes(), 0o644); err != nil {
		return err
	}
	if err := writeFile(dir, "events.ndjson", func(w *bufio.Writer) error {
		_, err := gen.NewEvents(gen.EventOptions{World: world, Seed: 2}).WriteN(w, events)
		return err
	}); err != nil {
		return err
	}
	return writeForms(dir, keyEntries(merged.Entities))
}

// entry is a key and the five fields of its asset.
type entry struct {
	key    string
	values []string
}

func keyEntries(merged *entity.Entities) (list []entry) {
	for asset := range merged.All() {
		var values []string
		for _, field := range Fields {
			values = append(values, strings.Join(asset.Values(field), "|"))
		}
		for _, key := range asset.Keys {
			list = append(list, entry{strings.ToLower(key), values})
		}
	}
	return list
}

func writeForms(dir string, list []entry) error {
	forms := map[string]func(*bufio.Writer) error{
		"keys.csv":    func(w *bufio.Writer) error { return writeCSV(w, "key", Fields, list) },
		"keys.tsv":    func(w *bufio.Writer) error { return writeTSV(w, list) },
		"keys.json":   func(w *bufio.Writer) error { return writeObject(w, list) },
		"context.csv": func(w *bufio.Writer) error { return writeContext(w, list) },
	}
	for _, role := range Roles {
		var names []string
		for _, f := range Fields {
			names = append(names, role+"_"+f)
		}
		forms[role+".csv"] = func(w *bufio.Writer) error { return writeCSV(w, "key", names, list) }
	}
	for i, f := range Fields {
		forms["table_"+f+".json"] = func(w *bufio.Writer) error { return writeTable(w, list, i) }
	}
	for name, form := range forms {
		if err := writeFile(dir, name, form); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(dir, name string, form func(*bufio.Writer) error) error {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := form(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func writeCSV(w io.Writer, key string, names []string, list []entry) error {
	out := csv.NewWriter(w)
	_ = out.Write(append([]string{key}, names...)) // Error returns the error
	for _, e := range list {
		_ = out.Write(append([]string{e.key}, e.values...))
	}
	out.Flush()
	return out.Error()
}

// writeTSV writes values as the inside of JSON strings, without a header, for programs
// that splice text.
func writeTSV(w io.Writer, list []entry) error {
	for _, e := range list {
		cells := []string{e.key}
		for _, v := range e.values {
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			cells = append(cells, string(text[1:len(text)-1]))
		}
		if _, err := fmt.Fprintln(w, strings.Join(cells, "\t")); err != nil {
			return err
		}
	}
	return nil
}

func writeObject(w io.Writer, list []entry) error {
	object := make(map[string]map[string]string, len(list))
	for _, e := range list {
		fields := map[string]string{}
		for i, v := range e.values {
			if v != "" {
				fields[Fields[i]] = v
			}
		}
		object[e.key] = fields
	}
	return json.NewEncoder(w).Encode(object)
}

func writeContext(w io.Writer, list []entry) error {
	out := csv.NewWriter(w)
	for _, e := range list {
		for i, v := range e.values {
			if v != "" { // an empty value is a fatal error to syslog-ng
				_ = out.Write([]string{e.key, Fields[i], v}) // Error returns the error
			}
		}
	}
	out.Flush()
	return out.Error()
}

// writeTable omits keys without a value; nomatch is the value for them.
func writeTable(w io.Writer, list []entry, field int) error {
	type row struct {
		Index string `json:"index"`
		Value string `json:"value"`
	}
	table := struct {
		Version int    `json:"version"`
		Nomatch string `json:"nomatch"`
		Type    string `json:"type"`
		Table   []row  `json:"table"`
	}{Version: 1, Type: "string"}
	for _, e := range list {
		if v := e.values[field]; v != "" {
			table.Table = append(table.Table, row{e.key, v})
		}
	}
	return json.NewEncoder(w).Encode(table)
}
