// Command coverage reports how much of a file of events the presets read: the share of the
// events from which they read a candidate for at least one role, and the share in which at
// least one role matched an entity of the lists.
//
//	go run ./bench/coverage -assets hosts.csv -identities people.csv zeek zeek.ndjson.gz
//
// It prints a line for the format auto and one for the preset, with tabs between file,
// format, events, and the shares that were read and matched. More pairs of a preset and a
// file may follow. bench/coverage.sh compares two commits.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

func main() {
	assets := flag.String("assets", "", "asset list, a CSV `FILE`")
	identities := flag.String("identities", "", "identity list, a CSV `FILE`")
	flag.Parse()
	if flag.NArg() == 0 || flag.NArg()%2 != 0 {
		fmt.Fprintln(os.Stderr, "usage: coverage [-assets FILE] [-identities FILE] {PRESET FILE}")
		os.Exit(2)
	}
	if err := run(os.Stdout, *assets, *identities, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "coverage:", err)
		os.Exit(1)
	}
}

// run writes the coverage of files. args alternates presets and files.
func run(out io.Writer, assets, identities string, args []string) error {
	s, err := loadLists(assets, identities)
	if err != nil {
		return err
	}
	for i := 0; i < len(args); i += 2 {
		formats := []string{event.Auto}
		if _, known := event.PresetByName(args[i]); known { // a commit may lack the preset
			formats = append(formats, args[i])
		}
		for _, format := range formats {
			c, err := newCounter(s, format)
			if err == nil {
				err = c.countFile(args[i+1])
			}
			if err != nil {
				return fmt.Errorf("%s: %w", args[i+1], err)
			}
			name := filepath.Join(filepath.Base(filepath.Dir(args[i+1])), filepath.Base(args[i+1]))
			fmt.Fprintf(out, "%s\t%s\t%d\t%s\t%s\n", name, format, c.events, c.share(c.read), c.share(c.matched))
		}
	}
	return nil
}

// loadLists merges the lists. An empty path is an empty list.
func loadLists(assets, identities string) (*snapshot.Snapshot, error) {
	merged := map[entity.Kind]merge.Result{}
	for kind, path := range map[entity.Kind]string{entity.Asset: assets, entity.Identity: identities} {
		var sources []merge.Source
		if path != "" {
			sources = append(sources, merge.Source{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
		}
		r, err := merge.Merge(kind, sources, merge.Options{})
		if err != nil {
			return nil, err
		}
		merged[kind] = *r
	}
	return snapshot.Build(merged[entity.Asset].Entities, merged[entity.Identity].Entities, snapshot.Options{})
}

// counter counts the events of one format.
type counter struct {
	events, read, matched int

	json     *event.JSON
	reader   event.Reader
	enricher *enrich.Enricher
	out      []byte
}

func newCounter(s *snapshot.Snapshot, format string) (*counter, error) {
	b := event.NewBuilder(event.Options{Format: format})
	if err := b.Roles(); err != nil {
		return nil, err
	}
	schema, err := b.Build()
	if err != nil {
		return nil, err
	}
	c := &counter{json: schema.NewJSON()}
	c.reader.Reset(schema)
	c.enricher, err = enrich.New(s, enrich.Options{Format: format, Match: true})
	return c, err
}

// countFile counts the events of a file in NDJSON, which may be compressed with gzip.
func (c *counter) countFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := io.Reader(f)
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := c.countEvent(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *counter) countEvent(line []byte) error {
	c.events++
	if err := c.json.Scan(line); err != nil {
		return err
	}
	c.reader.Read(c.json)
	for role := range event.Role(event.NumRoles) {
		if len(c.reader.AppendRole(nil, role)) > 0 {
			c.read++
			break
		}
	}
	out, _, err := c.enricher.AppendJSON(c.out[:0], line)
	c.out = out
	if err == nil && !bytes.Equal(out, line) {
		c.matched++
	}
	return err
}

// share returns a part of the events in percent.
func (c *counter) share(n int) string {
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(1, c.events)))
}
