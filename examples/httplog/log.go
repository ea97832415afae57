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

// newEnricher returns what writes priority, owner and tags of the lists'
// entities into events.
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

// enrichedWriter passes on lines of JSON, one a Write, enriched. A handler of
// log/slog writes one line at a time, so that nothing here needs a lock.
type enrichedWriter struct {
	to       io.Writer
	enricher *enrich.Enricher
	buffer   []byte
}

// Write enriches one line. A line that is no JSON object goes through as it is.
func (w *enrichedWriter) Write(line []byte) (int, error) {
	w.buffer, _, _ = w.enricher.AppendJSON(w.buffer[:0], bytes.TrimSuffix(line, []byte("\n")))
	w.buffer = append(w.buffer, '\n')
	if _, err := w.to.Write(w.buffer); err != nil {
		return 0, err
	}
	return len(line), nil
}

// logRequests writes a line for every request that next has handled. The names are
// those of the preset cim: src is looked up as an asset, user as an identity.
func logRequests(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		answer := &answer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		user, _, _ := r.BasicAuth()
		log.InfoContext(r.Context(), "request", "src", hostOf(r.RemoteAddr), "user", user,
			"http_method", r.Method, "uri_path", r.URL.Path, "status", answer.status, "duration", time.Since(begin).Seconds())
	})
}

// hostOf is the address without the port, which a lookup would not cut off: it
// never guesses.
func hostOf(remote string) string {
	if address, _, err := net.SplitHostPort(remote); err == nil {
		return address
	}
	return remote
}

// answer remembers the status.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what is underneath.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
