package main

import (
	"bufio"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/entities"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/keysearch"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/schema"
	"github.com/kithsec/kith/lists"
)

const longSearch = `Search entities by the beginning of a key, or inside and around a network.

A prefix such as ws- or jd lists the assets and identities that have a key
beginning so, ignoring case; the beginning of a MAC may be spelled with colons,
dashes or dots. A network such as 10.1.0.0/16, or an address, lists the networks
around it, those inside it and the hosts inside it.

All zones are searched unless one is named.`

type searchFlags struct {
	readFlags
	kind   string
	zone   string
	output string
	limit  int
}

var searchForms = []string{"table", "json"}

func searchCommand() *cobra.Command {
	var f searchFlags
	c := &cobra.Command{
		Use:   "search PREFIX|CIDR",
		Short: "List entities by the beginning of a key, or inside a network",
		Long:  longSearch,
		Example: `  kith search ws- --assets hosts.csv
  kith search 10.1.0.0/16 -o json | jq -r .key
  kith search jd --kind identity`,
		Args: oneArgument("the beginning of a key, or a network"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	f.register(c)
	flags := c.Flags()
	flags.StringVar(&f.kind, "kind", "", "list one `KIND` only: asset or identity")
	flags.StringVar(&f.zone, "zone", "", "search one `ZONE` only (default: all)")
	flags.IntVar(&f.limit, "limit", 100, "list at most `N` entities; 0 is no limit")
	flags.StringVarP(&f.output, "output", "o", "table", "`FORM` of the list: table or json")
	completeWords(c, "kind", kindWords)
	completeWords(c, "output", searchForms)
	return c
}

func (f *searchFlags) run(c *cobra.Command, text string) error {
	if err := knownFlag("output", f.output, searchForms); err != nil {
		return err
	}
	kinds, err := parseKinds(f.kind)
	if err != nil {
		return err
	}
	if f.limit < 0 {
		return problem.Usagef("flag --limit: %d is less than 0, which is no limit", f.limit)
	}
	if err := checkNetwork(fold.Trim(text)); err != nil {
		return err
	}
	l, err := f.load(c)
	if err != nil {
		return err
	}
	s := &search{loaded: l, kinds: kinds, limit: f.limit}
	if c.Flags().Changed("zone") {
		s.zones = []entity.Zone{entity.ParseZone(f.zone)}
	} else {
		s.zones = l.Zones()
	}
	if err := s.run(fold.Trim(text)); err != nil {
		return err
	}
	out := bufio.NewWriter(c.OutOrStdout())
	if err := s.write(out, f.output, term.StyleOf(c.OutOrStdout())); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if s.more > 0 && !f.quiet {
		fmt.Fprintf(c.ErrOrStderr(), "kith: %s more: --limit 0 lists all\n", problem.Thousands(s.more))
	}
	return strictLoss(f.strict, l.Losses())
}

// search collects entities and the keys by which they were found.
type search struct {
	loaded *lists.Loaded
	kinds  []entity.Kind
	zones  []entity.Zone
	limit  int
	hits   []*hit
	more   int // entities beyond the limit
}

// hit is an entity that a search met.
type hit struct {
	*knowledge
	record  int
	match   string   // "name", or of networks "around", "network" (inside) or "host"
	matched []string // keys, in the order in which they were met
}

func (s *search) run(text string) error {
	if p, ok := networkOf(text); ok {
		if !slices.Contains(s.kinds, entity.Asset) {
			return problem.WithHint(problem.Usagef("%q is a network, and no identity is inside one", text), "--kind asset")
		}
		return s.network(p)
	}
	s.names(text)
	return nil
}

// networkOf reads a network or, as the network of itself, an address.
func networkOf(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return schema.CanonicalPrefix(p), true
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = schema.CanonicalAddr(a)
	return netip.PrefixFrom(a, a.BitLen()), true
}

// checkNetwork reports what can only be meant as a network and is none: no name
// begins with an address and a slash.
func checkNetwork(text string) error {
	address, _, slash := strings.Cut(text, "/")
	a, err := netip.ParseAddr(address)
	if !slash || err != nil {
		return nil
	}
	if _, err := netip.ParsePrefix(text); err == nil {
		return nil
	}
	if a.Zone() != "" {
		return problem.Usagef("%q is no network: leave out the zone %q of the address", text, a.Zone())
	}
	return problem.Usagef("%q is no network: want a number from 0 to %d after the slash", text, a.BitLen())
}

func (s *search) names(prefix string) {
	for _, r := range s.loaded.Results() {
		if !slices.Contains(s.kinds, r.Entities.Kind()) {
			continue
		}
		known := newKnowledge(r.Entities)
		index := keysearch.NewNameIndex(known.entities)
		add := s.adder(known, "name")
		for _, zone := range s.zones {
			for found := range index.WithPrefix(zone, prefix) {
				add(found.Record, found.Key)
			}
		}
	}
	s.cut()
}

func (s *search) network(p netip.Prefix) error {
	known := newKnowledge(s.loaded.Assets.Entities)
	index, err := keysearch.NewNetworkIndex(known.entities)
	if err != nil {
		return err
	}
	for _, zone := range s.zones {
		around := s.adder(known, "around")
		for found := range index.Covering(zone, p) {
			around(found.Record, found.Key)
		}
		inside := s.adder(known, "network")
		for found := range index.Covered(zone, p) {
			inside(found.Record, found.Key)
		}
		hosts := s.adder(known, "host")
		for found := range index.Hosts(zone, p) {
			hosts(found.Record, found.Key)
		}
	}
	s.cut()
	return nil
}

// adder returns a function that adds a key to the hit of its entity, which is
// new if the entity was not met in this way.
func (s *search) adder(known *knowledge, match string) func(record uint32, key string) {
	met := map[uint32]*hit{}
	return func(record uint32, key string) {
		h := met[record]
		if h == nil {
			h = &hit{knowledge: known, record: int(record), match: match}
			met[record] = h
			s.hits = append(s.hits, h)
		}
		h.matched = append(h.matched, key)
	}
}

func (s *search) cut() {
	if s.limit > 0 && len(s.hits) > s.limit {
		s.more = len(s.hits) - s.limit
		s.hits = s.hits[:s.limit]
	}
}

func (s *search) write(out *bufio.Writer, form string, look term.Style) error {
	if form == "json" {
		for _, h := range s.hits {
			if err := term.WriteJSON(out, h.object()); err != nil {
				return err
			}
		}
		return nil
	}
	if len(s.hits) == 0 {
		_, err := out.WriteString("nothing found\n")
		return err
	}
	_, err := out.WriteString(s.table(look))
	return err
}

func (h *hit) object() term.Object {
	e := h.entities
	return term.Object{
		{"match", h.match},
		{"matched", h.matched},
		{"kind", e.Kind.String()},
		{"zone", e.Zone(h.record)},
		{"key", e.CanonicalKey(h.record)},
		{"id", e.Records[h.record].ID.String()},
		{"fields", h.fields(h.record)},
	}
}

// table lists the hits under the way in which they were met.
func (s *search) table(look term.Style) string {
	var b strings.Builder
	var g term.Grid
	zoned := slices.ContainsFunc(s.hits, func(h *hit) bool { return entity.Zone(h.entities.Zone(h.record)) != "" })
	head := []string{"found", "kind", "entity", "priority", "owner", "category"}
	if zoned {
		head = append(head[:2], append([]string{"zone"}, head[2:]...)...)
	}
	g.AddRow(head...)
	g.SetLook(look.Dim)
	for _, h := range s.hits {
		row := []string{foundBy(h), h.entities.Kind.String()}
		if zoned {
			row = append(row, cmp.Or(h.entities.Zone(h.record), "-"))
		}
		who := h.text(h.record, "owner")
		if h.entities.Kind == entities.Identity {
			who = strings.TrimSpace(h.text(h.record, "first") + " " + h.text(h.record, "last"))
		}
		g.AddRow(append(row, h.entities.CanonicalKey(h.record), h.text(h.record, "priority"), who, h.text(h.record, "category"))...)
	}
	g.Print(&b, "")
	return b.String()
}

// foundBy says by which keys an entity was found.
func foundBy(h *hit) string {
	text := fewOf(h.matched, 3)
	if h.match == "around" {
		return "around: " + text
	}
	return text
}

// oneArgument wants exactly one argument.
func oneArgument(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return problem.Usagef("%q wants %s", c.CommandPath(), what)
		case len(args) > 1:
			return problem.Usagef("%q takes one argument, and got %q, too", c.CommandPath(), args[1])
		}
		return nil
	}
}
