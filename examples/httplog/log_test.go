package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// logRequest handles one request and returns the line that was logged.
func logRequest(t *testing.T, remote, user string) map[string]any {
	t.Helper()
	enricher, err := newEnricher("../../testdata/acme/assets.csv", "../../testdata/acme/identities.csv")
	require.NoError(t, err)
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&enrichedWriter{to: &out, enricher: enricher}, nil))
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	r.RemoteAddr = remote
	if user != "" {
		r.SetBasicAuth(user, "secret")
	}
	logRequests(http.NotFoundHandler(), log).ServeHTTP(httptest.NewRecorder(), r)
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got), out.String())
	return got
}

func TestLogHasFieldsOfUserAndMachine(t *testing.T) {
	got := logRequest(t, "10.1.2.3:50000", `ACME\JDoe`)
	assert.Equal(t, "10.1.2.3", got["src"])
	assert.Equal(t, float64(http.StatusNotFound), got["status"])
	assert.Equal(t, "high", got["user_priority"], "%v", got)
	assert.NotEmpty(t, got["src_owner"], "%v", got)
	assert.NotContains(t, got, "user_email", "only the selected fields are added")

	stranger := logRequest(t, "203.0.113.77:1", "")
	assert.NotContains(t, stranger, "src_priority")
	assert.NotContains(t, stranger, "user_priority")
}

func TestWriterPassesLinesThatAreNotJSON(t *testing.T) {
	enricher, err := newEnricher("../../testdata/acme/assets.csv", "../../testdata/acme/identities.csv")
	require.NoError(t, err)
	var out bytes.Buffer
	n, err := (&enrichedWriter{to: &out, enricher: enricher}).Write([]byte("plain text\n"))
	require.NoError(t, err)
	assert.Equal(t, len("plain text\n"), n)
	assert.Equal(t, "plain text\n", out.String())
}
