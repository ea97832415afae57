package events

import (
	"bytes"
	"context"
	"io"

	"github.com/kithsec/kith/enrich"
)

// kith is Enricher.AppendJSON with one event at a time.
type kith struct{ enricher *enrich.Enricher }

func newKith(l *lists, s shape) *kith { return &kith{l.enricher(s, false)} }

func (k *kith) Name() string { return "kith AppendJSON" }

func (k *kith) Enrich(dst, event []byte) ([]byte, error) {
	out, _, err := k.enricher.AppendJSON(dst, event)
	return out, err
}

// stream is Enricher.Stream with one worker.
type stream struct {
	kith
	validate bool
}

func newStream(l *lists, s shape, validate bool) *stream {
	return &stream{kith{l.enricher(s, validate)}, validate}
}

func (s *stream) Name() string {
	if s.validate {
		return "kith Stream, validating"
	}
	return "kith Stream"
}

func (s *stream) Work(lines []byte) error {
	_, err := s.enricher.Stream(context.Background(), io.Discard, bytes.NewReader(lines), enrich.StreamOptions{Workers: 1})
	return err
}
