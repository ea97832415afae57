package remote

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kithsec/kith/config"
)

// TestPagesBecomeOneList lists pages as servers send them, and the text that is kept.
func TestPagesBecomeOneList(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*config.Source)
		pages  []string // NEXT is the URL of the page after it
		want   string   // the copy, or the error
	}{
		{
			"the member next", func(s *config.Source) { s.Pages = "next" },
			[]string{`{"count":2,"next":"NEXT","results":[{"ip":"10.0.0.1"}]}`, `{"count":2,"next":null,"results":[{"ip":"10.0.0.2","n":1.50}]}`},
			"[\n{\"ip\":\"10.0.0.1\"},\n{\"ip\":\"10.0.0.2\",\"n\":1.50}\n]\n",
		},
		{
			"OData", func(s *config.Source) { s.Pages = "@odata.nextLink" },
			[]string{`{"@odata.nextLink":"NEXT","value":[{"ip":"10.0.0.1"}]}`, `{"value":[{"ip":"10.0.0.2"}]}`},
			"[\n{\"ip\":\"10.0.0.1\"},\n{\"ip\":\"10.0.0.2\"}\n]\n",
		},
		{
			"a member below another", func(s *config.Source) { s.Pages = "links.next" },
			[]string{`{"links":{"next":"NEXT"},"data":[{"ip":"10.0.0.1"}]}`, `{"links":{"next":""},"data":[]}`},
			"[\n{\"ip\":\"10.0.0.1\"}\n]\n",
		},
		{
			"an empty first page", func(s *config.Source) { s.Pages = "next" },
			[]string{`{"next":"NEXT","results":[]}`, `{"next":false,"results":[{"ip":"10.0.0.2"}]}`},
			"[\n{\"ip\":\"10.0.0.2\"}\n]\n",
		},
		{
			"rows named in the configuration", func(s *config.Source) { s.Pages, s.Rows = "next", "data.hosts" },
			[]string{`{"next":"NEXT","data":{"hosts":[{"ip":"10.0.0.1"}]}}`, `{"next":null,"data":{"hosts":[{"ip":"10.0.0.2"}]}}`},
			"[\n{\"next\":\"NEXT\",\"data\":{\"hosts\":[{\"ip\":\"10.0.0.1\"}]}},\n{\"next\":null,\"data\":{\"hosts\":[{\"ip\":\"10.0.0.2\"}]}}\n]\n",
		},
		{"arrays", nil, []string{"[{\"ip\":\"10.0.0.1\"},\n {\"ip\":\"10.0.0.2\"}]", "[]", `[{"ip":"10.0.0.3"}]`}, "[\n{\"ip\":\"10.0.0.1\"},\n{\"ip\":\"10.0.0.2\"},\n{\"ip\":\"10.0.0.3\"}\n]\n"},
		{"objects", nil, []string{`{"result":[{"ip":"10.0.0.1"}]}`, `{"result":[{"ip":"10.0.0.2"}]}`}, "[\n{\"ip\":\"10.0.0.1\"},\n{\"ip\":\"10.0.0.2\"}\n]\n"},
		{"lines", nil, []string{"{\"ip\":\"10.0.0.1\"}\n{\"ip\":\"10.0.0.2\"}\n", `{"ip":"10.0.0.3"}`}, "{\"ip\":\"10.0.0.1\"}\n{\"ip\":\"10.0.0.2\"}\n{\"ip\":\"10.0.0.3\"}\n"},
		{"one line each", nil, []string{`{"ip":"10.0.0.1"}`, `{"ip":"10.0.0.2"}`}, "{\"ip\":\"10.0.0.1\"}\n{\"ip\":\"10.0.0.2\"}\n"},
		{"CSV with a header on each page", nil, []string{"ip,owner\r\n10.0.0.1,ann\r\n", "\ufeffip,owner\r\n10.0.0.2,bob", "ip,owner\n"}, "ip,owner\r\n10.0.0.1,ann\r\n10.0.0.2,bob\n"},
		{"CSV without a header", func(s *config.Source) { s.Header = []string{"ip"} }, []string{"10.0.0.1\n", "10.0.0.2\n"}, "10.0.0.1\n10.0.0.2\n"},
		{
			"CSV with lines before the header", func(s *config.Source) { s.HeaderLine = 2 },
			[]string{"Page 1\nip,owner\n10.0.0.1,ann\n", "Page 2\nip,owner\n10.0.0.1,ann\n"},
			"Page 1\nip,owner\n10.0.0.1,ann\n10.0.0.1,ann\n",
		},
		{"CSV with equal rows", func(s *config.Source) { s.HeaderLine = 1 }, []string{"ip\n10.0.0.1\n", "ip\n10.0.0.1\n"}, "ip\n10.0.0.1\n10.0.0.1\n"},
		{"one page", nil, []string{"ip\n10.0.0.1\n"}, "ip\n10.0.0.1\n"},

		{"another header", nil, []string{"ip,owner\n10.0.0.1,ann\n", "owner,ip\nbob,10.0.0.2\n"}, "page 2: it has another header than the first page"},
		{
			"lines before the header that are not configured", nil,
			[]string{"Hosts\nip,owner\n10.0.0.1,ann\n", "Hosts\nip,owner\n10.0.0.2,bob\n"},
			"page 2: its second line is that of the first page, too, and may be the header: state the line of the header, as in header_line: 1",
		},
		{
			"a blank line before the header", nil,
			[]string{"\nip,owner\n10.0.0.1,ann\n", "\nip,owner\n10.0.0.2,bob\n"},
			"page 2: its second line is that of the first page, too, and may be the header: state the line of the header, as in header_line: 1",
		},
		{"another form", nil, []string{"ip\n10.0.0.1\n", `[{"ip":"10.0.0.1"}]`}, "page 2: it has another form than the first page"},
		{"another shape", nil, []string{`[{"ip":"10.0.0.1"}]`, `{"error":"quota"}`}, "page 2: it is an object, but the first page is an array"},
		{
			"an error with status 200", func(s *config.Source) { s.Pages = "next" },
			[]string{`{"next":"NEXT","results":[{"ip":"10.0.0.1"}]}`, `{"error":"quota"}`},
			`page 2: it has no member "results", in which the pages before it have the rows`,
		},
		{"a torn page", nil, []string{`[{"ip":"10.0.0.1"}]`, `[{"ip":"10.0.0.2"},{"i`}, "page 2: the response is cut short"},
		{"bad JSON", nil, []string{`[{"ip":"10.0.0.1"}]`, `[{"ip":}]`}, "page 2: bad JSON"},
		{
			"several arrays", func(s *config.Source) { s.Pages = "next" },
			[]string{`{"a":[{"ip":"10.0.0.1"}],"b":[{"x":1}],"next":null}`},
			"page 1: it has several arrays of objects: choose one with rows: a, or rows: b",
		},
		{"the link is a member", nil, []string{`{"next":"/2","results":[{"ip":"10.0.0.1"}]}`}, `page 1: it names a next page in its member next, not in a header: write pages: "next"`},
		{"not JSON", func(s *config.Source) { s.Pages = "next" }, []string{"ip\n10.0.0.1\n"}, `page 1: it is not JSON, and has no member "next": use pages: link`},
		{"a member that is no URL", func(s *config.Source) { s.Pages = "next" }, []string{`{"next":2,"results":[{"ip":"10.0.0.1"}]}`}, `page 1: its member "next" is not the URL of a next page`},
		{"another member", func(s *config.Source) { s.Pages = "next" }, []string{`{"links":{"nextPage":"/2","self":"/"},"results":[{"ip":"10.0.0.1"}]}`}, `page 1: it names a next page in its member links.nextPage, not in "next": write pages: "links.nextPage"`},
		{
			"too long together", func(s *config.Source) { s.MaxSize = 30 },
			[]string{"ip\n10.0.0.1\n10.0.0.2\n", "ip\n10.0.0.3\n10.0.0.4\n"},
			"page 2: the list is longer than 30 bytes",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			s.answer = func(w http.ResponseWriter, r *http.Request) {
				n, _ := strconv.Atoi(r.URL.Query().Get("page"))
				if n+1 < len(test.pages) {
					w.Header().Add("Link", `</list?page=0>; rel="first"`)
					w.Header().Add("Link", `</list?page=`+strconv.Itoa(n+1)+`>; rel="last next"`)
				}
				sends(strings.ReplaceAll(test.pages[n], "NEXT", s.URL+"/list?page="+strconv.Itoa(n+1)))(w, r)
			}
			list := s.source("/list")
			list.Pages = "link"
			if test.change != nil {
				test.change(&list)
			}
			f := newFetcher(t)
			l, err := load(t, f, list)
			if err != nil {
				require.ErrorContains(t, err, test.want)
				return
			}
			assert.Equal(t, test.want, strings.ReplaceAll(lastText(t, f, list), s.URL+"/list?page=1", "NEXT"))
			assert.Empty(t, l.Losses())
			assert.Equal(t, len(test.pages), s.count)
		})
	}
}

// FuzzPagesOfJSON checks that pages which are accepted become one JSON text with all rows.
func FuzzPagesOfJSON(f *testing.F) {
	f.Add(`[{"ip":"10.0.0.1"}]`, `[{"ip":"10.0.0.2"}, {}]`, true)
	f.Add(`{"next":"/2","results":[{"ip":"10.0.0.1"}]}`, `{"next":null,"results":[]}`, false)
	f.Add("{\"ip\":1}\n{}", `{"ip":2}`, true)
	f.Fuzz(func(t *testing.T, first, second string, link bool) {
		s := &config.Source{Pages: "next", Form: "json"}
		if link {
			s.Pages = "link"
		}
		var out bytes.Buffer
		p := newPageWriter(s, &out)
		for i, page := range []string{first, second} {
			if _, err := p.add([]byte(page), i+1); err != nil {
				return
			}
		}
		require.NoError(t, p.end())
		rows, err := jsonValues(out.Bytes())
		require.NoError(t, err, "%q", out.String())
		if p.shape != linesPage {
			require.Len(t, rows, 1)
			var elements []json.RawMessage
			require.NoError(t, json.Unmarshal(rows[0], &elements), "%q", out.String())
			rows = elements
		}
		assert.Len(t, rows, p.rows, "%q", out.String())
	})
}

// TestNextLinkFollowsTheStandard has the forms that RFC 8288 allows.
func TestNextLinkFollowsTheStandard(t *testing.T) {
	for _, test := range []struct{ header, want string }{
		{`</2>; rel="next"`, "/2"},
		{`</2>;rel=next`, "/2"},
		{`</2> ; REL = "Next"`, "/2"},
		{`</1>; rel="prev", </3>; rel="next"`, "/3"},
		{`</1>; rel=prev,</3>; rel=next; title="a"`, "/3"},
		{`</9>; rel="last next"`, "/9"},
		{`</2>; title="a, <b>; rel=x"; rel="next"`, "/2"},
		{`</2>; title="a \" , "; rel="next"`, "/2"},
		{`</2>; rel="prev"; rel="next"`, ""},
		{`</2>; rel="next"; anchor="/other"`, ""},
		{`</2>; crossorigin; rel="next"`, "/2"},
		{`</2>; rel="nextish"`, ""},
		{`</2>`, ""},
		{`</2`, ""},
		{`</2>; rel="next`, "/2"},
		{``, ""},
	} {
		assert.Equal(t, test.want, nextLink([]string{test.header}), test.header)
	}
	assert.Equal(t, "/2", nextLink([]string{`</1>; rel="prev"`, `</2>; rel="next"`}), "several headers")
}

func FuzzNextLink(f *testing.F) {
	f.Add(`</2>; title="a, <b>"; rel="next"`)
	f.Fuzz(func(t *testing.T, header string) {
		if target := nextLink([]string{header}); !strings.Contains(header, target) {
			t.Errorf("nextLink(%q) = %q, which is not in it", header, target)
		}
	})
}
