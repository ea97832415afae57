package merge

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/csvio"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/schema"
)

// DefaultMaxRowsPerKey is the largest number of rows that a key value joins by default.
const DefaultMaxRowsPerKey = 64

// Source is one list, or one file of a list that consists of several. Name and Open are
// required; the zero value of every other field is its default. Another goroutine reads what
// Open returns and closes it at the end. If merging fails early, that may happen after Merge
// has returned.
//
// The files of one list have the same Group and follow one another. That matters for what
// compares the rows of a list with each other: Options.Join, Newest, and names in nt_host
// that the list has under several domains.
type Source struct {
	Name    string
	Group   string                        // the list that this file is a part of; "" means that it is a list of its own
	Path    string                        // the file name shown in messages
	Open    func() (io.ReadCloser, error) // opens the list as uncompressed CSV, or as the text that Parse reads
	Size    int64                         // a hint: the expected number of bytes, used to reserve memory
	Zone    string                        // zone of rows that have none; "" means Options.Zone
	Columns map[string]string             // header name → column name; "" drops the column
	Map     map[string]map[string]string  // column → value → replacement, ignoring case
	Set     map[string]string             // constants for columns that the header lacks
	Only    []string                      // if not nil, the source contributes only these fields, key fields and zones
	Except  []string                      // fields that the source does not contribute
	Newest  *Newest                       // if not nil, values identify only the latest row that has them

	HostBitsAsNetwork bool // reads 10.1.2.3/24 as the network 10.1.2.0/24; otherwise it is the address 10.1.2.3
	DayFirst          bool // reads 1/2/2026 as the first of February

	// Parse reads another form than CSV from what Open returned; nil means CSV. It passes
	// what it loses or changes to report, which it may also do in Next of the rows.
	Parse func(text io.Reader, report func(*entity.RowError)) (Rows, error)
}

// File returns the source of a CSV file, plain or compressed with gzip or zstd.
func File(name, path string) Source {
	return Source{Name: name, Path: path, Size: sizeOf(path), Open: func() (io.ReadCloser, error) { return csvio.Open(path) }}
}

// sizeOf returns the size of a file, or 0 after an error. Opening the file reports
// the error.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// FieldOptions overrides a column or declares a custom one. Zero values keep the
// default.
type FieldOptions struct {
	Multivalue Switch // a cell may contain several values, separated by "|"
	Limit      int    // the most values that a multi-value field shows; negative means no limit
	Tag        Switch // adds the values to asset_tag or identity_tag
	Key        Switch // makes the values keys; only for custom fields
	Policy     Policy // which values of joined rows are kept
	Join       Switch // the values join rows; On is the default; only for key fields
}

// Switch is a setting that is on, off or left at its default.
type Switch int8

// The positions of a Switch.
const (
	Default Switch = iota
	On
	Off
)

// Policy decides which values of joined rows an entity keeps. The empty Policy is the
// default of the field's type: Union for multi-value fields, Any for booleans,
// Highest for the priority, First for all others.
type Policy string

// The policies.
const (
	Union    Policy = "union"    // all values, in rank order, without repeats
	First    Policy = "first"    // the highest-ranked value that is not empty
	Highest  Policy = "highest"  // the highest priority
	Any      Policy = "any"      // true if any row has true
	Latest   Policy = "latest"   // the latest time
	Earliest Policy = "earliest" // the earliest time
	Exclude  Policy = "exclude"  // no value; the column is not written
)

// Options control how one kind of entity is merged. The zero Options are the
// defaults.
type Options struct {
	Fields        map[string]FieldOptions
	NoMerge       bool     // makes every row an entity of its own
	Join          Join     // which values join rows that contradict each other; only for assets
	JoinShort     bool     // joins an asset with a short name and the one that has all full names with this label
	MaxRowsPerKey int      // 0 means DefaultMaxRowsPerKey
	IgnoreKeys    []string // placeholders; they replace the default list, or extend it if all begin with "+"; nil means the default
	Zone          string   // the zone of rows if neither the row nor its source has one
	SkipHash      bool     // leaves the SHA-256 of the sources out of the report; hashing takes a twelfth of the time

	// For identities.
	Keys          []string // key fields and conventions; nil means identity, email and email_short
	CaseSensitive bool     // keys that differ only in case are different keys

	// Progress, if set, is called from the goroutine of Merge, every 16,384 rows of a
	// source, with the number of its rows read so far.
	Progress func(source string, rows int)
}

// listFields holds the fields of a kind with the options applied to them. Custom
// columns of the sources are added as they are read.
type listFields struct {
	kind    entity.Kind
	options Options
	fields  []schema.Field
	byName  map[string]int // folded name → index
	zone    int            // index of cim_entity_zone

	generators []generator // of keys, in the order of Options.Keys
}

func newListFields(kind entity.Kind, o Options) (*listFields, error) {
	o.CaseSensitive = o.CaseSensitive && kind == entity.Identity
	s := &listFields{kind: kind, options: o, byName: make(map[string]int)}
	fields := schema.AssetFields()
	if kind == entity.Identity {
		fields = schema.IdentityFields()
	}
	for _, f := range fields {
		if err := s.addField(f); err != nil {
			return nil, err
		}
	}
	s.zone = s.byName["cim_entity_zone"]
	var err error
	s.generators, err = s.parseConventions()
	return s, err
}

func (s *listFields) addField(f schema.Field) error {
	for name, o := range s.options.Fields {
		if !strings.EqualFold(name, f.Name) {
			continue
		}
		if err := overrideField(&f, o); err != nil {
			return &FieldError{Kind: s.kind, Field: name, Err: err}
		}
	}
	f.Exact = f.Key && s.options.CaseSensitive
	f.Proxies = f.Key && s.kind == entity.Identity
	s.byName[fold.Lower(f.Name)] = len(s.fields)
	s.fields = append(s.fields, f)
	return nil
}

func overrideField(f *schema.Field, o FieldOptions) error {
	if f.Type == schema.ZoneName && (o.Multivalue == On || o.Policy != "") {
		return fmt.Errorf("%q is the namespace of keys: it has one value and takes no policy", f.Name)
	}
	if multi := o.Multivalue == On; o.Multivalue != Default {
		if err := checkMultivalue(f, multi); err != nil {
			return err
		}
		f.Multi = multi
	}
	if o.Limit != 0 {
		f.Limit = o.Limit
	}
	if o.Tag != Default {
		f.Tag = o.Tag == On
	}
	if key := o.Key == On; o.Key != Default {
		if !f.Custom && key != f.Key {
			return fmt.Errorf("%q: key is for custom fields only", f.Name)
		}
		if f.Custom && key {
			f.Key, f.Type, f.Form = true, schema.Host, schema.HostForm
		}
	}
	if o.Join != Default && !f.Key {
		return fmt.Errorf("%q: join is for key fields only", f.Name)
	}
	f.NoJoin = o.Join == Off
	if o.Policy != "" {
		policy, err := schema.ParsePolicy(string(o.Policy))
		if err != nil {
			return err
		}
		f.Policy = policy
	}
	return f.Check()
}

// checkMultivalue returns an error if fields of this type cannot be multi-value, or
// must be.
func checkMultivalue(f *schema.Field, multi bool) error {
	switch f.Type {
	case schema.IP:
		if !multi {
			return fmt.Errorf("%q is always multi-value: a range becomes several prefixes", f.Name)
		}
	case schema.Boolean, schema.Coordinate, schema.Priority, schema.Instant:
		if multi {
			return fmt.Errorf("%q has one value: multivalue applies only to text and names", f.Name)
		}
	}
	return nil
}

// fieldIndex returns the index of the named field. An unknown name is added as a
// custom field.
func (s *listFields) fieldIndex(name string) (int, error) {
	if i, ok := s.byName[fold.Lower(name)]; ok {
		return i, nil
	}
	err := s.addField(schema.Field{Name: name, Custom: true})
	return len(s.fields) - 1, err
}

// checkKeyFields returns an error if no source has one of the configured key fields.
func (s *listFields) checkKeyFields() error {
	for _, name := range slices.Sorted(maps.Keys(s.options.Fields)) {
		if _, ok := s.byName[fold.Lower(name)]; ok {
			continue
		}
		if o := s.options.Fields[name]; o.Key == On {
			return &FieldError{Kind: s.kind, Field: name, Err: fmt.Errorf("key field %q: no source has that column", name)}
		}
	}
	return nil
}

// FieldError reports an invalid option of a field.
type FieldError struct {
	Kind  entity.Kind
	Field string // as written in Options.Fields or Options.Keys
	Err   error
}

// Error returns the cause, which names the field.
func (e *FieldError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }

// SourceError reports a list that cannot be read at all, or an invalid option of it.
type SourceError struct {
	Source string
	Path   string
	Line   int // from 1; 0 if the error concerns the whole list
	Column int // byte in the line, from 1; 0 if unknown
	Err    error
}

// Error formats e as "hosts.csv:1:4: cause".
func (e *SourceError) Error() string {
	where := e.Path
	if where == "" {
		where = e.Source
	}
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, e.Line)
	}
	if e.Column > 0 {
		where = fmt.Sprintf("%s:%d", where, e.Column)
	}
	return fmt.Sprintf("%s: %v", where, e.Err)
}

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// filesOfList returns the first sources, as far as they are files of one list.
func filesOfList(sources []Source) []Source {
	n := 1
	for n < len(sources) && sources[0].Group != "" && sources[n].Group == sources[0].Group {
		n++
	}
	return sources[:n]
}

// checkGroup returns an error if src belongs to the same list as an earlier source, and one
// of another list is between them.
func checkGroup(earlier []Source, src Source) error {
	if src.Group == "" || len(earlier) == 0 || earlier[len(earlier)-1].Group == src.Group {
		return nil
	}
	if slices.ContainsFunc(earlier, func(s Source) bool { return s.Group == src.Group }) {
		return &SourceError{Source: src.Name, Path: src.Path, Err: fmt.Errorf("the sources of group %q do not follow one another", src.Group)}
	}
	return nil
}
