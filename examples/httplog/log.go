package main

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/snapshot"
)

// newEnricher returns an Enricher that adds priority, owner and tags of the entities in
// the lists.
func newEnricher(assetList, identityList string) (*enrich.Enricher, error) {
	machines, err := mergeList(entity.Asset, assetList)
	if err != nil {
		return nil, err
	}
	people, err := mergeList(entity.Identity, identityList)
	if err != nil {
		return nil, err
	}
	tables, err := snapshot.Build(machines, people, snapshot.Options{})
	if err != nil {
		return nil, err
	}
	return enrich.New(tables, enrich.Options{Fields: []string{"priority", "owner", "asset_tag", "identity_tag"}})
}

func mergeList(kind entity.Kind, path string) (*entity.Entities, error) {
	result, err := merge.Merge(kind, []merge.Source{merge.File(path, path)}, merge.Options{})
	if err != nil {
		return nil, err
	}
	return result.Entities, nil
}

// enrichedWriter enriches JSON lines and writes them to another writer. Each Write must
// be one line. It needs no lock, because a handler of log/slog does not write
// concurrently.
type enrichedWriter struct {
	to       io.Writer
	enricher *enrich.Enricher
	buffer   []byte
}

// Write enriches one line. A line that is not a JSON object is written unchanged.
func (w *enrichedWriter) Write(line []byte) (int, error) {
	w.buffer, _, _ = w.enricher.AppendJSON(w.buffer[:0], bytes.TrimSuffix(line, []byte("\n")))
	w.buffer = append(w.buffer, '\n')
	if _, err := w.to.Write(w.buffer); err != nil {
		return 0, err
	}
	return len(line), nil
}

// logRequests logs every request after next has handled it. The names of the fields are
// those of the preset cim: src is looked up as an asset, and user as an identity.
func logRequests(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		user, _, _ := r.BasicAuth()
		log.InfoContext(r.Context(), "request", "src", hostOf(r.RemoteAddr), "user", user,
			"http_method", r.Method, "uri_path", r.URL.Path, "status", recorder.status, "duration", time.Since(begin).Seconds())
	})
}

// hostOf returns an address without its port, because lookups do not remove it.
func hostOf(remote string) string {
	if address, _, err := net.SplitHostPort(remote); err == nil {
		return address
	}
	return remote
}

// statusRecorder records the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader records the status and sends the header.
func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the underlying writer to http.ResponseController.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
