package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/orisano/gosax"
)

// maxToken is the largest size of a tag or a text between two tags. Excel allows texts of
// 32,767 characters.
const maxToken = 1 << 20

// elements reads the elements of an XML document in order. Names are without prefixes.
type elements struct {
	in      *gosax.Reader
	source  *tokenSource
	depth   int
	started bool // an element has been read

	kind  tokenKind
	name  []byte // of the tag
	attrs []byte // of a start tag
	text  []byte
}

// tokenKind is the kind of the current token of elements.
type tokenKind int8

const (
	atEnd     tokenKind = iota // of the document
	startTag                   // name and attrs are set
	endTag                     // name is set; a tag such as <c/> is also an end tag
	innerText                  // text is set
)

// tokenSource reads a document. It fails once maxToken bytes and one buffer have been read
// without a token.
type tokenSource struct {
	io.Reader
	read int // bytes since the last token
}

func (s *tokenSource) Read(p []byte) (int, error) {
	if s.read > maxToken {
		return 0, fmt.Errorf("a cell or tag is longer than %d bytes", maxToken)
	}
	n, err := s.Reader.Read(p)
	s.read += n
	return n, err
}

func newElements(document io.Reader) *elements {
	source := &tokenSource{Reader: document}
	in := gosax.NewReaderBuf(source, make([]byte, 0, 64<<10))
	in.EmitSelfClosingTag = true
	return &elements{in: in, source: source}
}

var (
	errCutShort = errors.New("an XML document in the workbook is cut short")
	errNoXML    = errors.New("a document in the workbook is not XML in UTF-8")
	errDocType  = errors.New("an XML document in the workbook declares a document type, which is not read")
)

// next reads the next token. Names and texts are valid until the next call.
func (e *elements) next() error {
	for {
		e.source.read = 0
		event, err := e.in.Event()
		if err == io.EOF || err == nil && event.Type() == 0 {
			err = errCutShort
		}
		if err != nil {
			return err
		}
		switch event.Type() {
		case gosax.EventStart:
			e.setTag(startTag, event.Bytes)
			e.depth++
			e.started = true
			return nil
		case gosax.EventEnd:
			e.setTag(endTag, event.Bytes)
			if e.depth--; e.depth < 0 {
				return errNoXML
			}
			return nil
		case gosax.EventText:
			e.kind = innerText
			if e.text, err = gosax.Unescape(event.Bytes); err != nil {
				return fmt.Errorf("an XML document in the workbook has a bad text: %w", err)
			}
			return nil
		case gosax.EventCData:
			text, ok := bytes.CutPrefix(event.Bytes, []byte("<![CDATA["))
			if !ok {
				return errNoXML
			}
			e.kind, e.text = innerText, bytes.TrimSuffix(text, []byte("]]>"))
			return nil
		case gosax.EventDocType:
			return errDocType
		case gosax.EventEOF:
			e.kind = atEnd
			switch {
			case !e.started:
				return errNoXML
			case e.depth > 0:
				return errCutShort
			}
			return nil
		}
	}
}

func (e *elements) setTag(kind tokenKind, tag []byte) {
	e.kind = kind
	e.name, e.attrs = gosax.Name(tag)
	e.name = localName(e.name)
}

// localName returns a name without its prefix.
func localName(name []byte) []byte { return name[bytes.IndexByte(name, ':')+1:] }

// nextAttr reads the next attribute of a start tag and reports whether there is one. The
// value is valid until the next call of next.
func (e *elements) nextAttr() (name, value []byte, ok bool) {
	for len(e.attrs) > 0 {
		a, rest, err := gosax.NextAttribute(e.attrs)
		if err != nil || len(a.Key) == 0 {
			e.attrs = nil
			break
		}
		e.attrs = rest
		if len(a.Value) < 2 { // without a value
			continue
		}
		if value, err = gosax.Unescape(a.Value[1 : len(a.Value)-1]); err != nil {
			value = nil
		}
		return localName(a.Key), value, true
	}
	return nil, nil, false
}

// attributes reads all attributes of a start tag.
func (e *elements) attributes() map[string]string {
	all := map[string]string{}
	for name, value, ok := e.nextAttr(); ok; name, value, ok = e.nextAttr() {
		all[string(name)] = string(value)
	}
	return all
}

// each calls use for every start tag of the document.
func (e *elements) each(use func() error) error {
	for {
		if err := e.next(); err != nil || e.kind == atEnd {
			return err
		}
		if e.kind == startTag {
			if err := use(); err != nil {
				return err
			}
		}
	}
}
