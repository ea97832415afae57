package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An attacker guesses the password of one account in two spellings, and succeeds.
func Example() {
	dir, _ := os.MkdirTemp("", "detector")
	defer os.RemoveAll(dir)
	people := filepath.Join(dir, "people.csv")
	_ = os.WriteFile(people, []byte("identity,email,priority\njdoe,jdoe@corp.example,high\n"), 0o600)

	var events strings.Builder
	for i := range failureLimit {
		fmt.Fprintf(&events, `{"_time":"2026-03-01T10:00:%02dZ","user":"ACME\\jdoe","src":"203.0.113.9","action":"failure"}`+"\n", i)
		fmt.Fprintf(&events, `{"_time":"2026-03-01T10:00:%02dZ","user":"jdoe@corp.example","src":"203.0.113.9","action":"failure"}`+"\n", i)
	}
	fmt.Fprintln(&events, `{"_time":"2026-03-01T10:01:00Z","user":"ACME\\jdoe","src":"203.0.113.9","action":"success"}`)
	var out strings.Builder
	if err := detectWithPeople(&out, strings.NewReader(events.String()), people); err != nil {
		fmt.Println(err)
	}
	show(out.String())
	// Output:
	// risk_threshold_24h jdoe 160 medium high
	//   ACME\jdoe: 5 failures of ACME\jdoe in a row
	//   jdoe@corp.example: 5 failures of jdoe@corp.example in a row
	//   ACME\jdoe: ACME\jdoe logged on after 5 failures
}

func TestDetectorReportsGuessingOnce(t *testing.T) {
	d := detector{}
	fail := logon{User: "jdoe", Action: "failure"}
	for i := range failureLimit - 1 {
		_, found := d.addLogon(fail)
		require.False(t, found, "failure %d", i+1)
	}
	m, found := d.addLogon(fail)
	assert.True(t, found)
	assert.Equal(t, 40.0, m.Score)
	_, found = d.addLogon(fail)
	assert.False(t, found, "further failures are not reported")

	m, found = d.addLogon(logon{User: "jdoe", Action: "success"})
	assert.True(t, found)
	assert.Equal(t, 80.0, m.Score)
	_, found = d.addLogon(logon{User: "jdoe", Action: "success"})
	assert.False(t, found)
}

func TestLinesThatAreNotEventsAreIgnored(t *testing.T) {
	people := filepath.Join(t.TempDir(), "people.csv")
	require.NoError(t, os.WriteFile(people, []byte("identity\njdoe\n"), 0o600))
	var out strings.Builder
	require.NoError(t, detectWithPeople(&out, strings.NewReader("not json\n\n{}\n"), people))
	assert.Empty(t, out.String())
}
