package main

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSecretsOfListsAreNowhere configures secrets of all kinds, and searches them in the
// outputs of all commands that read lists and in all files that these write: while the
// server works, while it fails and repeats what it was sent, and while copies are used.
func TestSecretsOfListsAreNowhere(t *testing.T) {
	secrets := map[string]string{
		"TOKEN": "tok3n-Zq+/x", "PASSWORD": "p4ss word%wörd", "KEY": "k3y-8812", "URL_KEY": "query-s3cret",
	}
	mode := "good"
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		repeated := strings.Join([]string{r.Header.Get("Authorization"), user, password, r.Header.Get("X-Api-Key"), r.URL.RawQuery}, " ")
		switch mode {
		case "good":
			_, _ = io.WriteString(w, "ip,owner,identity\n10.0.0.1,ann,ann\n10.0.0.300,bob,bob\n")
		case "status":
			http.Error(w, repeated, http.StatusForbidden)
		case "header":
			w.Header().Set("Location", "ftp://"+url.PathEscape(repeated)+"/"+url.PathEscape(repeated))
			w.WriteHeader(http.StatusFound)
		case "host":
			w.Header().Set("Location", "https://127.0.0.1:1/"+url.PathEscape(repeated)+"?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
		case "body":
			fmt.Fprintf(w, "error\n%s\n", strings.ReplaceAll(repeated, ",", ""))
		}
	}))
	defer server.Close()

	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("TMPDIR", t.TempDir())
	for _, name := range []string{"TOKEN", "PASSWORD"} {
		t.Setenv("KITH_TEST_"+name, secrets[name])
	}
	secretDir := t.TempDir()
	put := func(path, text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	put(filepath.Join(secretDir, "key"), secrets["KEY"]+"\n")
	put("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	put("events.ndjson", `{"src":"10.0.0.1","user":"ann"}`+"\n")
	config := func(cache string) string {
		return fmt.Sprintf(`
assets:
  sources:
    - {name: a, path: "%[1]s/a.csv?sig=%[2]s", ca: ca.pem, bearer: {env: KITH_TEST_TOKEN}%[4]s}
    - {name: b, path: %[1]s/b.csv, ca: ca.pem, headers: {X-Api-Key: {file: %[3]s/key}}%[4]s}
identities:
  sources:
    - {name: c, path: %[1]s/c.csv, ca: ca.pem, basic: {user: kith, password: {env: KITH_TEST_PASSWORD}}%[4]s}
`, server.URL, secrets["URL_KEY"], secretDir, cache)
	}
	var spellings []string
	for _, secret := range secrets {
		spellings = append(spellings, secret, url.QueryEscape(secret), url.PathEscape(secret))
	}
	spellings = append(spellings, base64.StdEncoding.EncodeToString([]byte("kith:"+secrets["PASSWORD"])))
	search := func(what string, text []byte) {
		for _, secret := range spellings {
			assert.False(t, bytes.Contains(text, []byte(secret)), "%s (%s): %q in %q", what, mode, secret, text[:min(len(text), 2000)])
		}
	}
	ran := map[int]int{}
	for _, cached := range []bool{false, true} {
		put("kith.yaml", config(map[bool]string{true: ", cache: cache"}[cached]))
		for _, mode = range []string{"good", "status", "header", "host", "body", "good"} {
			for _, args := range [][]string{
				{"check"},
				{"check", "-o", "json"},
				{"merge", "--out", "merged", "--snapshot", "lists.kith"},
				{"merge", "-o", "json"},
				{"lookup", "10.0.0.1", "-o", "json"},
				{"lookup", "ann"},
				{"search", "10.0"},
				{"enrich", "--summary", "json", "events.ndjson"},
			} {
				var out, messages bytes.Buffer
				ran[run(t.Context(), args, strings.NewReader(""), &out, &messages)]++
				search(strings.Join(args, " "), out.Bytes())
				search(strings.Join(args, " ")+": messages", messages.Bytes())
			}
		}
	}
	assert.Greater(t, ran[0], 20, "commands that succeeded: %v", ran)
	assert.Greater(t, ran[1], 20, "commands that failed: %v", ran)
	files := 0
	for _, root := range []string{dir, os.TempDir()} {
		require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || entry.Name() == "kith.yaml" {
				return err
			}
			text, err := os.ReadFile(path)
			search(path, append(text, path...))
			files++
			return err
		}))
	}
	assert.Greater(t, files, 8, "copies, merged lists and a snapshot")
}
