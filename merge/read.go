package merge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
)

// reader reads the rows of one kind's sources into a list.
type reader struct {
	schema  *schema
	ignored *entity.Ignored
	list    *entity.List
	keys    *keyIndex
	errs    []*entity.RowError

	cell  entity.Cell
	cells []entity.TextID // by field

	// The texts of the row at hand that are still to be interned, the fields
	// that they belong to, and the keys among them.
	texts  []string
	fields []textOf
	found  []foundKey
	keyed  bool // a key field names somebody, if only for generated keys
	ids    []entity.TextID
}

// textOf says that a text is the cell of a field.
type textOf struct{ field, text int }

func newReader(s *schema) *reader {
	list := entity.NewList(s.kind, s.fields)
	return &reader{schema: s, ignored: entity.NewIgnored(s.options.IgnoreKeys), list: list, keys: newKeyIndex(list.Texts)}
}

// what a header column is for, beside the fields of the schema.
const (
	dropped  = -1
	keyList  = -2 // asset or identity of a merged lookup
	idColumn = -3 // asset_id or identity_id of a merged lookup
	unnamed  = -4 // its cells are lost
)

// columns is the header of one source, understood.
type columns struct {
	names  []string
	fields []int               // per header column: index of a field, or what it is for
	values []map[string]string // per header column: the source's Map, folded; nil mostly
	memo   []memo              // per header column: cells met before
	set    []setCell
	blank  []bool // per field: the source does not contribute it; nil mostly
	zone   entity.TextID
	merged bool
	keyed  bool // has a column that can name an entity
}

type setCell struct {
	field int
	text  string
}

func (r *reader) readSource(rank int, src Source) error {
	f, err := src.Open()
	if err != nil {
		return &SourceError{Source: src.Name, Path: src.Path, Err: err}
	}
	defer f.Close()
	sum := sha256.New()
	in := csvio.NewReader(io.TeeReader(f, sum), csvio.Options{})
	if err := r.readRows(rank, src, in); err != nil {
		return sourceError(src, err)
	}
	r.list.Sources[rank].SHA256 = sumText(sum)
	return nil
}

func sumText(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func sourceError(src Source, err error) error {
	out := &SourceError{Source: src.Name, Path: src.Path, Err: err}
	var syntax *csvio.SyntaxError
	var source *SourceError
	switch {
	case errors.As(err, &source):
		return err
	case errors.As(err, &syntax):
		out.Line, out.Column, out.Err = syntax.Line, syntax.Column, syntax.Err
	}
	return out
}

func (r *reader) readRows(rank int, src Source, in *csvio.Reader) error {
	r.list.Sources = append(r.list.Sources, entity.Source{Name: src.Name, Path: src.Path})
	if !in.Next() {
		if err := in.Err(); err != nil {
			return err
		}
		return errors.New("empty file: a list begins with a header line")
	}
	head, err := r.readHeader(src, in)
	if err != nil {
		return err
	}
	info := &r.list.Sources[rank]
	info.Merged = head.merged
	r.list.Fields = r.schema.fields
	for in.Next() {
		if r.readRow(rank, src, head, in) {
			info.Rows++
		} else {
			info.Lost++
		}
		if n := info.Rows + info.Lost; r.schema.options.Progress != nil && n%(1<<14) == 0 {
			r.schema.options.Progress(src.Name, n)
		}
	}
	return in.Err()
}

func (r *reader) readHeader(src Source, in *csvio.Reader) (*columns, error) {
	head := &columns{zone: r.sourceZone(src)}
	seen := make(map[string]int)
	for i := range in.Len() {
		name := entity.Trim(string(in.Cell(i)))
		if !utf8.ValidString(name) {
			return nil, headerError(src, in, i, fmt.Errorf("column %q is not UTF-8: save the list as UTF-8", name))
		}
		if strings.Contains(name, "\r") {
			return nil, headerError(src, in, i, fmt.Errorf("column %q holds a line break: lines end in LF or CRLF, not in CR alone", name))
		}
		blank := name == ""
		if name = renamed(src.Columns, name); name == "" && !blank {
			name = droppedName
		}
		if first, again := seen[entity.Fold(name)]; again && name != "" && name != droppedName {
			return nil, headerError(src, in, i, fmt.Errorf("column %q is there twice (column %d and %d): rename one with columns: {...}, or drop it",
				name, first+1, i+1))
		}
		seen[entity.Fold(name)] = i
		head.names = append(head.names, name)
	}
	for _, name := range []string{"asset", "identity"} {
		_, key := seen[name]
		_, id := seen[name+"_id"]
		_, tag := seen[name+"_tag"]
		head.merged = head.merged || key && id && tag && name == r.schema.kind.String()
	}
	for i, name := range head.names {
		field, err := r.headerColumn(head, name)
		if err != nil {
			return nil, headerError(src, in, i, err)
		}
		head.fields = append(head.fields, field)
		head.values = append(head.values, mapping(src.Map, name))
		head.keyed = head.keyed || field == keyList || field >= 0 && r.schema.fields[field].Key
	}
	if err := r.setColumns(src, head, seen); err != nil {
		return nil, err
	}
	if !head.keyed {
		return nil, headerError(src, in, 0, r.noKeyColumn(head))
	}
	head.memo = make([]memo, len(head.fields))
	head.blank = r.notContributed(src)
	return head, nil
}

func headerError(src Source, in *csvio.Reader, cell int, err error) error {
	line, column := in.Pos(cell)
	return &SourceError{Source: src.Name, Path: src.Path, Line: line, Column: column, Err: err}
}

func (r *reader) noKeyColumn(head *columns) error {
	want, cure := "ip, mac, nt_host or dns", "rename one with columns: {hostname: nt_host}"
	if r.schema.kind == entity.Identity {
		want, cure = "identity or email", "rename one with columns: {login: identity}"
	}
	if at := strings.IndexAny(head.names[0], ";\t"); at >= 0 && len(head.names) == 1 {
		cure = fmt.Sprintf("part cells by a comma, not by %q", head.names[0][at])
	}
	return fmt.Errorf("no key column: the header needs %s; %s", want, cure)
}

// renamed applies Columns to one header name.
func renamed(columns map[string]string, name string) string {
	for from, to := range columns {
		if entity.EqualFold(from, name) {
			return entity.Trim(to)
		}
	}
	return name
}

func mapping(m map[string]map[string]string, name string) map[string]string {
	for column, values := range m {
		if !entity.EqualFold(column, name) {
			continue
		}
		folded := make(map[string]string, len(values))
		for from, to := range values {
			folded[entity.Fold(from)] = to
		}
		return folded
	}
	return nil
}

// headerColumn says what a column is for.
func (r *reader) headerColumn(head *columns, name string) (int, error) {
	switch {
	case name == "":
		return unnamed, nil
	case name == droppedName:
		return dropped, nil
	case strings.HasPrefix(entity.Fold(name), splunkPrefix):
		return 0, fmt.Errorf("column %q is of Splunk's own form of a lookup, which is no source: merge without --splunk, or export the lookup as CSV without it", name)
	}
	kind := r.schema.kind.String()
	switch folded := entity.Fold(name); {
	case head.merged && folded == kind:
		return keyList, nil
	case head.merged && folded == kind+"_id":
		return idColumn, nil
	case head.merged && folded == kind+"_tag":
		return dropped, nil
	case !head.merged && reserved[folded]:
		return 0, fmt.Errorf("column %q is a name that Kith writes: rename it with columns: {%s: %s}, or drop it with columns: {%s: \"\"}",
			name, name, unreserved(folded), name)
	}
	return r.schema.column(name)
}

// droppedName stands for the name of a column that Columns drops; no header
// can hold it, because names are trimmed.
const droppedName = " "

// reserved are the columns that only a merged lookup has.
var reserved = map[string]bool{"asset": true, "asset_id": true, "asset_tag": true, "identity_id": true, "identity_tag": true}

// unreserved is a name that is free in place of a reserved one: inventory_tag
// for asset_tag.
func unreserved(folded string) string {
	if _, after, ok := strings.Cut(folded, "_"); ok {
		folded = after
	}
	return "inventory_" + folded
}

// setColumns adds the constants for columns that the header lacks.
func (r *reader) setColumns(src Source, head *columns, seen map[string]int) error {
	for _, stated := range sortedKeys(src.Set) {
		name := entity.Trim(stated)
		folded := entity.Fold(name)
		if _, there := seen[folded]; there {
			continue
		}
		if folded == "" || reserved[folded] || strings.HasPrefix(folded, splunkPrefix) {
			return fmt.Errorf("set: %q is no name for a column of a list: take another, such as inventory_tag", stated)
		}
		field, err := r.schema.column(name)
		if err != nil {
			return err
		}
		seen[folded] = len(seen)
		head.set = append(head.set, setCell{field, src.Set[stated]})
		head.keyed = head.keyed || r.schema.fields[field].Key
	}
	return nil
}

// memo remembers what the last texts of a column became; category, city and
// the like repeat from row to row. A column that does not repeat is left alone.
type memo struct {
	texts        [memoSize]string
	cells        [memoSize]entity.TextID
	asked, found int
	off          bool
}

// cell returns what the text became, if it is remembered.
func (m *memo) cell(slot int, text []byte) (entity.TextID, bool) {
	if m.asked++; m.asked == memoTrial {
		m.off = m.found < memoTrial/4
		m.asked, m.found = 0, 0
	}
	if m.texts[slot] != string(text) {
		return 0, false
	}
	m.found++
	return m.cells[slot], true
}

// memoTrial is how often a memo is asked before it is seen whether it pays.
const memoTrial = 4096

const memoSize = 256

func memoSlot(text []byte) int {
	h := uint32(len(text)) * 0x9E3779B1
	for _, c := range text {
		h = (h ^ uint32(c)) * 16777619
	}
	return int(h>>16) % memoSize
}

// readRow reads one record and reports whether it was kept.
func (r *reader) readRow(rank int, src Source, head *columns, in *csvio.Reader) bool {
	row := entity.Row{Source: uint32(rank), Line: uint32(in.Line())}
	r.cells = append(r.cells[:0], make([]entity.TextID, len(r.schema.fields))...)
	r.texts, r.fields, r.found, r.keyed = r.texts[:0], r.fields[:0], r.found[:0], false
	var ranged map[string]bool
	for i := range in.Len() {
		if i >= len(head.fields) {
			r.lostCell(src, in, i, "cell beyond the header", "quote cells that hold commas")
			continue
		}
		text := in.Cell(i)
		if len(text) == 0 {
			continue
		}
		switch field := head.fields[i]; field {
		case dropped:
		case unnamed:
			r.lostCell(src, in, i, "cell in a column without a name", "name the column in the header")
		case keyList:
			keys := entity.Field{Multi: true, Exact: true}
			keys.ReadCell(&r.cell, string(text), r.ignored)
			r.report(src, in, i, head.names[i])
			row.Keys = r.intern()
		case idColumn:
			row.ID = r.list.Texts.Intern(entity.Fold(entity.Trim(string(text))))
		default:
			if got := r.readCell(src, head, in, i); got != nil {
				ranged = got
			}
		}
	}
	for _, c := range head.set {
		if head.blank != nil && head.blank[c.field] {
			continue
		}
		r.schema.fields[c.field].ReadCell(&r.cell, c.text, r.ignored)
		r.report(src, in, len(head.fields), r.schema.fields[c.field].Name)
		r.pend(head, c.field)
	}
	r.ids = r.list.Texts.InternAll(r.ids[:0], r.texts)
	for _, c := range r.fields {
		r.cells[c.field] = r.ids[c.text]
	}
	if !r.keyed && row.Keys == 0 {
		r.errs = append(r.errs, &entity.RowError{
			Source: src.Name, Path: src.Path, Line: in.Line(), Loss: entity.LostRow, Reason: "no key",
			Err: errors.New("no usable key: the row names nobody"),
		})
		return false
	}
	row.Zone = r.zone(head)
	r.list.Append(row, r.cells, ranged)
	if head.merged {
		r.keys.addMerged(r.schema, r.list, r.ignored)
	} else {
		r.keys.addRow(row.Zone, r.found, r.ids)
	}
	return true
}

func (r *reader) lostCell(src Source, in *csvio.Reader, i int, reason, cure string) {
	text := entity.Trim(string(in.Cell(i)))
	if text == "" {
		return
	}
	line, column := in.Pos(i)
	r.errs = append(r.errs, &entity.RowError{
		Source: src.Name, Path: src.Path, Line: line, Column: column, Loss: entity.LostCell, Reason: reason, Value: text,
		Err: fmt.Errorf("%s %q: %s", reason, text, cure),
	})
}

// readCell puts one cell into r.cells and returns what a range left in it.
func (r *reader) readCell(src Source, head *columns, in *csvio.Reader, i int) map[string]bool {
	if head.blank != nil && head.blank[head.fields[i]] {
		return nil
	}
	text := in.Cell(i)
	f := &r.schema.fields[head.fields[i]]
	memo := &head.memo[i]
	memoized := !f.Key && !memo.off && len(text) < 64
	slot := 0
	if memoized {
		slot = memoSlot(text)
		if cell, ok := memo.cell(slot, text); ok {
			r.cells[head.fields[i]] = cell
			return nil
		}
	}
	raw := unsafe.String(unsafe.SliceData(text), len(text))
	if m := head.values[i]; m != nil {
		raw = mapValues(f, m, raw)
	}
	f.ReadCell(&r.cell, raw, r.ignored)
	lossless := len(r.cell.Losses) == 0
	if !lossless { // errors outlive the record that raw lies in
		f.ReadCell(&r.cell, strings.Clone(raw), r.ignored)
	}
	r.report(src, in, i, f.Name)
	if !memoized {
		r.pend(head, head.fields[i])
		return r.cell.Ranged
	}
	cell := r.intern()
	r.cells[head.fields[i]] = cell
	if lossless {
		memo.texts[slot], memo.cells[slot] = string(text), cell
	}
	return nil
}

func mapValues(f *entity.Field, m map[string]string, cell string) string {
	replace := func(v string) string {
		if to, ok := m[entity.Fold(entity.Trim(v))]; ok {
			return to
		}
		return v
	}
	if !f.Multi {
		return replace(cell)
	}
	values := strings.Split(cell, entity.Separator)
	for i, v := range values {
		values[i] = replace(v)
	}
	return strings.Join(values, entity.Separator)
}

// pend puts the cell just read among what is to be interned, and its keys.
func (r *reader) pend(head *columns, field int) {
	cell := len(r.texts)
	r.texts, r.fields = append(r.texts, r.text()), append(r.fields, textOf{field, cell})
	f := &r.schema.fields[field]
	if !f.Key || head.merged {
		return
	}
	group := r.schema.keyField(f)
	for _, v := range r.cell.Values {
		class, key, ok := r.schema.key(f, v, r.ignored)
		r.keyed = r.keyed || ok
		if !ok || !r.schema.states(f) {
			continue
		}
		k := foundKey{field: group, class: class, ranged: r.cell.Ranged[v], spelled: cell}
		if len(r.cell.Values) > 1 {
			k.spelled = r.alsoIntern(v)
		}
		if k.text = k.spelled; key != v {
			k.text = r.alsoIntern(key)
		}
		r.found = append(r.found, k)
	}
}

func (r *reader) alsoIntern(text string) int {
	r.texts = append(r.texts, text)
	return len(r.texts) - 1
}

func (r *reader) intern() entity.TextID { return r.list.Texts.Intern(r.text()) }

// text returns the canonical text of the cell just read. It may share the
// memory of the record.
func (r *reader) text() string {
	switch len(r.cell.Values) {
	case 0:
		return ""
	case 1:
		return r.cell.Values[0]
	}
	return entity.JoinValues(r.cell.Values)
}

// report turns the losses of the cell just read into RowErrors.
func (r *reader) report(src Source, in *csvio.Reader, i int, field string) {
	if len(r.cell.Losses) == 0 {
		return
	}
	line, column := in.Line(), 0
	if i < in.Len() {
		line, column = in.Pos(i)
	}
	for _, loss := range r.cell.Losses {
		r.errs = append(r.errs, entity.CellError(src.Name, src.Path, line, column, field, loss))
	}
}

// notContributed says which fields the source leaves out by Only and Except.
func (r *reader) notContributed(src Source) []bool {
	if src.Only == nil && src.Except == nil {
		return nil
	}
	blank := make([]bool, len(r.schema.fields))
	for i := range r.schema.fields {
		f := &r.schema.fields[i]
		unlisted := src.Only != nil && !containsFold(src.Only, f.Name) && !f.Key && f.Type != entity.ZoneName
		blank[i] = unlisted || containsFold(src.Except, f.Name)
	}
	return blank
}

func containsFold(list []string, name string) bool {
	for _, s := range list {
		if entity.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// zone decides the zone of the row and writes it into its zone cell.
func (r *reader) zone(head *columns) entity.TextID {
	cell := &r.cells[r.schema.zone]
	if *cell == 0 {
		*cell = head.zone
	}
	return *cell
}

// sourceZone returns the zone of a source's rows that state none.
func (r *reader) sourceZone(src Source) entity.TextID {
	zone := entity.ParseZone(src.Zone)
	if zone == "" {
		zone = entity.ParseZone(r.schema.options.Zone)
	}
	return r.list.Texts.Intern(string(zone))
}
