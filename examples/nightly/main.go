// Command nightly merges lists of machines and prints what changed since its last run.
// As a cron job, it mails the change log of the inventory.
//
//	nightly /var/lib/lookups cmdb.csv cloud.csv
//
// The lists are in rank order. If more than half of the previous machines are missing, as
// after a failed export, it does not replace the lookups.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: nightly DIR LIST.csv…")
		os.Exit(2)
	}
	if err := mergeLists(os.Stdout, os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "nightly:", err)
		os.Exit(1)
	}
}

// mergeLists merges the lists, prints the changes since the lookups in dir were written,
// and replaces the lookups.
func mergeLists(out io.Writer, dir string, lists []string) error {
	result, err := merge.Merge(entity.Asset, sourcesOf(lists), merge.Options{})
	if err != nil {
		return err
	}
	for _, lost := range result.Losses {
		fmt.Fprintln(out, "lost:", lost)
	}
	if err := reportChanges(out, dir, result); err != nil {
		return err
	}
	return merge.Write(dir, merge.WriteOptions{}, result)
}

func sourcesOf(paths []string) []merge.Source {
	var all []merge.Source
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		all = append(all, merge.File(name, path))
	}
	return all
}

// reportChanges prints a line for every machine that is new, gone or changed. If there are
// no lookups yet, it only prints the number of machines.
func reportChanges(out io.Writer, dir string, result *merge.Result) error {
	if _, err := os.Stat(filepath.Join(dir, merge.AssetsByString)); err != nil {
		fmt.Fprintf(out, "first: %d machines\n", result.Entities.Len())
		return nil
	}
	count := map[string]int{}
	for c, err := range merge.Diff(dir, result) {
		if err != nil {
			return err
		}
		count[c.Change]++
		fmt.Fprintln(out, describeChange(c))
	}
	before := result.Entities.Len() - count["new"] + count["gone"]
	if 2*count["gone"] > before {
		return fmt.Errorf("%d of %d machines are gone: nothing was written", count["gone"], before)
	}
	return nil
}

// describeChange returns a line such as "changed web-1: owner ops → dev".
func describeChange(c merge.Change) string {
	line := c.Change + " " + c.Key
	for i, name := range slices.Sorted(maps.Keys(c.Fields)) {
		sign := ","
		if i == 0 {
			sign = ":"
		}
		f := c.Fields[name]
		line += fmt.Sprintf("%s %s %s → %s", sign, name, joinValues(f.Old), joinValues(f.New))
	}
	return line
}

func joinValues(values []string) string {
	if len(values) == 0 {
		return "nothing"
	}
	return strings.Join(values, "|")
}
