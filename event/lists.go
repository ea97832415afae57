package event

import (
	"slices"
	"strings"

	"github.com/kithsec/kith/internal/jsonscan"
)

// PresetList describes arrays whose elements are fields: an array of texts whose meaning
// depends on their position, or an array of objects with a name and a value each.
type PresetList struct {
	// Paths are where events have the array. An element that is the field F is at the path
	// of the array, followed by ".F". So each path followed by a dot must be one of the
	// prefixes of the preset.
	Paths []string
	// By is the field whose value selects the names of the elements by position, or "" if
	// the elements are objects.
	By    string
	Names []ListNames
	// Name and Value are paths in an element. The name of a field is at the first of Name
	// that the element has, its value at the first of Value.
	Name, Value []string
}

// ListNames are the names of the elements of an array, in order, in events in which the field
// PresetList.By has the value By.
type ListNames struct {
	By    string
	Names []string
}

// fieldList is a compiled PresetList, for one of its paths.
type fieldList struct {
	array  Path
	by     []Path            // where the event has the field that selects the names
	byText map[string][]Path // by the text of that field: where the elements are read
	byName map[string]Path   // by the name of a field: where it is read
	nameAt []string          // PresetList.Name
	value  []string          // PresetList.Value
	// element has the paths in an element: nameAt, then value.
	element *jsonscan.Paths
}

// addLists compiles the lists of presets. All paths of the format must have been added.
func (c *formatCompiler) addLists(presets []Preset) error {
	for i := range presets {
		p := &presets[i]
		for _, l := range p.Lists {
			for _, path := range l.Paths {
				compiled, err := c.compileList(p, &l, path)
				if err != nil {
					return err
				}
				c.format.lists = append(c.format.lists, compiled)
				c.format.listMask.add(compiled.array)
			}
		}
	}
	return nil
}

// compileList compiles a list of a preset for one of its paths.
func (c *formatCompiler) compileList(p *Preset, l *PresetList, path string) (fieldList, error) {
	out := fieldList{array: c.Path(path)}
	if l.By != "" {
		out.by = c.addSpellings(l.By, p.Spellings)
		out.byText = make(map[string][]Path)
		for _, n := range l.Names {
			paths := make([]Path, len(n.Names))
			for i, name := range n.Names {
				p, known := c.index[pathText{text: path + "." + name}]
				if paths[i] = NoPath; known {
					paths[i] = p
				}
			}
			out.byText[n.By] = paths
		}
		return out, nil
	}
	out.byName = make(map[string]Path)
	for text, p := range c.index {
		if name, isBelow := strings.CutPrefix(text.text, path+"."); isBelow {
			out.byName[name] = p
		}
	}
	out.nameAt, out.value = l.Name, l.Value
	var err error
	out.element, err = jsonscan.Compile(slices.Concat(l.Name, l.Value))
	return out, err
}

// readJSON makes the elements of the array values of the event, if it has the array.
func (l *fieldList) readJSON(e *JSON) {
	array := e.scanner.Value(int(l.array))
	if array.Kind != jsonscan.Array {
		return
	}
	if l.byName != nil {
		l.readNamed(e, array)
		return
	}
	e.text = appendFirstText(e.text[:0], e, l.by)
	paths := l.byText[string(e.text)]
	at := 0
	for element := range array.Elements(e.raw) {
		if at == len(paths) {
			return
		}
		if paths[at] != NoPath {
			e.scanner.SetValue(int(paths[at]), element)
		}
		at++
	}
}

// readNamed is readJSON for an array of objects.
func (l *fieldList) readNamed(e *JSON, array jsonscan.Value) {
	if len(e.elementScanners) == 0 {
		e.elementScanners = append(e.elementScanners, new(jsonscan.Scanner))
	}
	s := e.elementScanners[0]
	for element := range array.Elements(e.raw) {
		if element.Kind != jsonscan.Object || l.element.Scan(element.Raw(e.raw), s) != nil {
			continue
		}
		var name, value jsonscan.Value
		for i, v := range s.Found() {
			switch {
			case i < len(l.nameAt) && !name.Found():
				name = v
			case i >= len(l.nameAt) && !value.Found():
				value = v
			}
		}
		e.text = name.AppendText(e.text[:0], element.Raw(e.raw))
		if p, known := l.byName[string(e.text)]; known && name.Kind == jsonscan.String && value.Found() {
			value.Start += element.Start
			value.End += element.Start
			e.scanner.SetValue(int(p), value)
		}
	}
}

// appendFirstText appends the trimmed text of the first of some paths at which an event has a
// scalar.
func appendFirstText(dst []byte, e Event, paths []Path) []byte {
	for _, p := range paths {
		if v := e.Value(p); v.Kind.IsScalar() {
			text := v.AppendText(dst)
			return append(dst, trimSpace(text[len(dst):])...)
		}
	}
	return dst
}

// mapLists holds the elements of arrays of a map that are fields, as a PresetList describes.
type mapLists struct {
	values map[Path]any
	text   []byte
}

// read reads the lists of all formats that the schema may choose.
func (f *mapLists) read(m *Map) {
	clear(f.values)
	for i := range m.schema.formats {
		for j := range m.schema.formats[i].lists {
			f.readList(m, &m.schema.formats[i].lists[j])
		}
	}
}

func (f *mapLists) readList(m *Map, l *fieldList) {
	if !m.present.Has(l.array) {
		return
	}
	in, key, found := Locate(m.event, m.schema.texts[l.array])
	if !found {
		return
	}
	var elements []any
	switch v := in[key].(type) {
	case []any:
		elements = v
	case []string:
		for _, text := range v {
			elements = append(elements, text)
		}
	}
	f.text = appendFirstText(f.text[:0], m, l.by)
	paths := l.byText[string(f.text)]
	for i, element := range elements {
		switch {
		case l.byName != nil:
			f.addNamed(m, l, element)
		case i < len(paths) && paths[i] != NoPath:
			f.add(m, paths[i], element)
		}
	}
}

// addNamed adds the value of an element that is an object, if it has one.
func (f *mapLists) addNamed(m *Map, l *fieldList, element any) {
	object, _ := element.(map[string]any)
	first := func(paths []string) (any, bool) {
		for _, path := range paths {
			if in, key, found := Locate(object, path); found {
				return in[key], true
			}
		}
		return nil, false
	}
	name, _ := first(l.nameAt)
	text, isText := name.(string)
	value, found := first(l.value)
	if p, known := l.byName[text]; known && isText && found {
		f.add(m, p, value)
	}
}

func (f *mapLists) add(m *Map, p Path, value any) {
	if f.values == nil {
		f.values = make(map[Path]any)
	}
	f.values[p] = value
	m.present.Add(p)
}
