//go:build !windows

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const liveConfig = `assets: {sources: [{path: hosts.csv}]}
risk:
  windows: [30m]
  rules:
    - {name: Blocked, when: [{field: action, op: "=", value: blocked}], risk_objects: [{field: src, type: system}], risk_score: 30}
  incident_rules:
    - {name: risk_threshold_24h, window: 20m, when: score > 60, refire: severity, severity: [{at_least: 100, is: high}]}
    - {name: often, window: 1m, when: count >= 1, suppress: 10s}
`

// eventLines returns an hour of events of 40 machines.
func eventLines(n int) []byte {
	rng := rand.New(rand.NewPCG(12, 7))
	var b bytes.Buffer
	start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range n {
		at := start.Add(time.Duration(i) * time.Hour / time.Duration(n))
		fmt.Fprintf(&b, `{"_time":"%s","n":%d,"src":"10.0.0.%d","action":"%s"}`+"\n", at.Format(time.RFC3339Nano), i, rng.IntN(40), []string{"blocked", "allowed"}[rng.IntN(2)])
		if rng.IntN(60) == 0 {
			b.WriteString("oops\n")
		}
	}
	return b.Bytes()
}

// liveFolder returns a folder with a configuration, lists and events.
func liveFolder(t *testing.T, events []byte) string {
	t.Helper()
	dir := t.TempDir()
	var hosts strings.Builder
	hosts.WriteString("ip,bunit,priority\n")
	for i := range 40 {
		fmt.Fprintf(&hosts, "10.0.0.%d,unit %d,high\n", i, i)
	}
	for name, text := range map[string]string{"kith.yaml": liveConfig, "hosts.csv": hosts.String(), "events.ndjson": string(events)} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// TestCrashOfEnrichRisk kills kith enrich --risk at random times and runs it again, until it
// ends by itself. Events and notables must be those of two commands that were not killed.
func TestCrashOfEnrichRisk(t *testing.T) {
	kills, timeLimit := crashBudget(t)
	dir := liveFolder(t, eventLines(20000))
	for _, args := range [][]string{{"enrich", "-q", "-o", "want.ndjson", "events.ndjson"}, {"risk", "-q", "-o", "want.notables", "want.ndjson"}, {"enrich", "-q", "-o", "want.csv", "events.ndjson"}} {
		out, err := kithCommand(t, dir, args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	wanted := readText(t, filepath.Join(dir, "want.notables"))
	require.Greater(t, strings.Count(wanted, "\n"), 100)
	for _, output := range []string{"out.ndjson", "out.csv", "out.ndjson.gz"} {
		k := &riskKiller{t: t, dir: dir, rng: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)), kills: kills, lastKill: time.Now().Add(timeLimit)}
		k.maxRunTime = time.Second
		for ended := false; !ended; {
			_, ended = k.runAndKill(kithCommand(t, dir, "enrich", "-q", "--risk", output+".notables", "--state", output+".state", "--commit-every", "1ms", "-o", output, "events.ndjson"))
		}
		require.Equal(t, wanted, readText(t, filepath.Join(dir, output+".notables")), output)
		want := "want.ndjson"
		if strings.HasSuffix(output, ".csv") {
			want = "want.csv"
		}
		if strings.HasSuffix(output, ".gz") {
			text, err := kithCommand(t, dir, "enrich", "-q", "--fields", "bunit", output).Output()
			require.NoError(t, err)
			same, err := kithCommand(t, dir, "enrich", "-q", "--fields", "bunit", want).Output()
			require.NoError(t, err)
			require.True(t, bytes.Equal(same, text), output)
			continue
		}
		require.True(t, readText(t, filepath.Join(dir, want)) == readText(t, filepath.Join(dir, output)), output)
	}
}

// TestRotationUnderLoadLosesNothing renames the outputs of running commands and sends SIGUSR1,
// again and again. All parts of an output together must be what a run without rotation writes.
func TestRotationUnderLoadLosesNothing(t *testing.T) {
	events := eventLines(40000)
	dir := liveFolder(t, events)
	for _, args := range [][]string{{"enrich", "-q", "-o", "want.ndjson", "events.ndjson"}, {"risk", "-q", "-o", "want.notables", "want.ndjson"}, {"enrich", "-q", "-o", "want.csv", "events.ndjson"}} {
		out, err := kithCommand(t, dir, args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	want := func(name string) string { return readText(t, filepath.Join(dir, "want."+name)) }
	for _, c := range []struct {
		about   string
		args    []string
		input   string
		outputs map[string]string // what all parts of a file together contain
	}{
		{"enrich", []string{"enrich", "-o", "a.ndjson", "--dead-letter", "a.dead"}, "events.ndjson", map[string]string{"a.ndjson": want("ndjson")}},
		{"enrich to CSV", []string{"enrich", "-o", "b.csv", "--out", "csv"}, "events.ndjson", map[string]string{"b.csv": want("csv")}},
		{"risk", []string{"risk", "-o", "c.notables"}, "want.ndjson", map[string]string{"c.notables": want("notables")}},
		{"risk with a state", []string{"risk", "-o", "d.notables", "--state", "d.state"}, "want.ndjson", map[string]string{"d.notables": want("notables")}},
		{"enrich --risk", []string{"enrich", "-o", "e.ndjson", "--risk", "e.notables"}, "events.ndjson", map[string]string{"e.ndjson": want("ndjson"), "e.notables": want("notables")}},
		{"enrich --risk with a state", []string{"enrich", "-o", "f.ndjson", "--risk", "f.notables", "--state", "f.state"}, "events.ndjson", map[string]string{"f.ndjson": want("ndjson"), "f.notables": want("notables")}},
	} {
		t.Run(c.about, func(t *testing.T) {
			cmd := kithCommand(t, dir, c.args...)
			in, err := cmd.StdinPipe()
			require.NoError(t, err)
			errs, err := cmd.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			defer time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }).Stop()
			p := &enrichProcess{t: t, cmd: cmd, errs: bufio.NewReader(errs)}
			parts := make(chan []byte, 50)
			go func() {
				for part := range parts {
					if _, err := in.Write(part); err != nil {
						return
					}
				}
				in.Close()
			}()
			text := []byte(readText(t, filepath.Join(dir, c.input)))
			next, stop := iter.Pull(slices.Chunk(text, len(text)/20+1))
			defer stop()
			feed := func() {
				if part, more := next(); more {
					parts <- part
				}
			}
			const rotations = 5
			for i := range rotations {
				for range 3 { // the last of which are read while the outputs are reopened
					feed()
				}
				for name := range c.outputs {
					path := filepath.Join(dir, name)
					require.Eventually(t, func() bool { _, err := os.Stat(path); return err == nil }, 20*time.Second, time.Millisecond)
					require.NoError(t, os.Rename(path, fmt.Sprintf("%s.%d", path, i)))
				}
				require.NoError(t, cmd.Process.Signal(syscall.SIGUSR1))
				p.awaitMessage("kith: reopened the outputs")
			}
			for range 20 {
				feed()
			}
			close(parts)
			_, _ = io.Copy(io.Discard, p.errs)
			require.NoError(t, cmd.Wait())
			for name, want := range c.outputs {
				var all strings.Builder
				for i := range rotations + 2 {
					part := filepath.Join(dir, fmt.Sprintf("%s.%d", name, i))
					if i > rotations {
						part = filepath.Join(dir, name)
					}
					text, err := os.ReadFile(part)
					if os.IsNotExist(err) {
						continue
					}
					require.NoError(t, err)
					if all.Len() > 0 && strings.HasSuffix(name, ".csv") && len(text) > 0 { // each file has a header
						header, _, _ := strings.Cut(want, "\n")
						rest, found := bytes.CutPrefix(text, []byte(header+"\n"))
						require.True(t, found, "%s begins with the header", part)
						text = rest
					}
					all.Write(text)
				}
				require.True(t, want == all.String(), "%s of %d parts", name, rotations)
			}
		})
	}
}

// TestRulesAreReloaded replaces rules while kith risk and kith enrich --risk run. What was
// counted before keeps its score; bad rules are refused.
func TestRulesAreReloaded(t *testing.T) {
	rule := func(name, value string, score int) string {
		return fmt.Sprintf("  rules:\n    - {name: %s, when: [{field: action, op: \"=\", value: %s}], risk_objects: [{field: user}], risk_score: %d}\n", name, value, score)
	}
	const before = "assets: {sources: [{path: hosts.csv}]}\nrisk:\n  rule_files: [more.yaml]\n  incident_rules: [{name: any, window: 24h, when: score > 60}]\n"
	const more = "- {name: File, when: [{field: action, op: \"=\", value: file}], risk_objects: [{field: user}], risk_score: %d}\n"
	for _, args := range [][]string{{"risk"}, {"risk", "--state", "state", "--watch"}, {"enrich", "--risk", "-", "--fields", "bunit"}} {
		p, dir := startProcess(t, map[string]string{"kith.yaml": before + rule("First", "a", 40), "more.yaml": fmt.Sprintf(more, 1), "hosts.csv": "ip,bunit\n10.0.0.1,it\n"}, args...)
		replace := func(name, text string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "new"), []byte(text), 0o600))
			require.NoError(t, os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, name)))
			if args[len(args)-1] != "--watch" {
				require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
			}
		}
		write := func(at int, action string) {
			_, err := fmt.Fprintf(p.in, `{"_time":"2026-03-01T08:00:%02dZ","user":"jdoe","action":"%s"}`+"\n", at, action)
			require.NoError(t, err)
		}
		_, err := fmt.Fprintln(p.in, `{"_time":"2026-03-01T08:00:00Z","risk_object":"other","risk_score":61}`)
		require.NoError(t, err)
		p.readNotable()
		write(1, "a")
		_, err = fmt.Fprintln(p.in, `{"_time":"2026-03-01T08:00:01Z","risk_object":"another","risk_score":61}`)
		require.NoError(t, err)
		p.readNotable() // so that the event was counted
		replace("kith.yaml", before+rule("Second", "b", 30))
		p.awaitMessage("kith: reloaded 1 asset, 0 identities and 2 rules in ")
		replace("kith.yaml", before+"  rules: [{name: x}]\n")
		p.awaitMessage("kith: the new lists and rules are not used; keeping the current lists and rules")
		replace("more.yaml", "- {name: [}\n")
		p.awaitMessage("kith: the new lists and rules are not used; keeping the current lists and rules")
		write(2, "a")
		write(3, "b")
		n := p.readNotable()
		assert.Equal(t, "70", n.Score.String(), "%v", args)
		assert.Equal(t, []string{"First", "Second"}, n.Sources)
		replace("more.yaml", fmt.Sprintf(more, 5))
		if args[len(args)-1] != "--watch" {
			p.awaitMessage("kith: the new lists and rules are not used")
		}
		replace("kith.yaml", before+"  lateness: 1h\n"+rule("Second", "b", 30))
		p.awaitMessage("changes to the block risk, except for its rules, take effect at the next start")
		p.awaitMessage("kith: reloaded ")
		require.NoError(t, p.in.Close())
		code, messages := p.waitForExit()
		assert.Equal(t, exitDone, code, messages)
	}
}

// notableLine is what a test reads of a notable.
type notableLine struct {
	Score   json.Number `json:"risk_score"`
	Sources []string    `json:"sources"`
}

// readNotable reads standard output up to the next notable.
func (p *enrichProcess) readNotable() (n notableLine) {
	p.t.Helper()
	for {
		line, err := p.out.ReadString('\n')
		require.NoError(p.t, err)
		if strings.Contains(line, `"rule":"any"`) {
			require.NoError(p.t, json.Unmarshal([]byte(line), &n))
			return n
		}
	}
}

// TestSummariesAreWrittenMeanwhile waits for the summaries of runs whose input goes on.
func TestSummariesAreWrittenMeanwhile(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"enrich", "--summary", "json"}, `{"events":1,"matched":{`},
		{[]string{"enrich"}, "kith: 1 event in "},
		{[]string{"risk", "--summary", "json"}, `{"lines":1,"counted":1,`},
		{[]string{"risk"}, "kith: 1 line in "},
		{[]string{"enrich", "--risk", "notables", "--summary", "json"}, `"risk":{"lines":1,"counted":1,`},
	} {
		p, _ := startProcess(t, map[string]string{"kith.yaml": liveConfig, "hosts.csv": hosts("ann")}, append(c.args, "--summary-every", "20ms")...)
		zero := strings.NewReplacer(":1,", ":0,", "1 event", "0 events", "1 line", "0 lines").Replace(c.want)
		p.awaitMessage(zero) // before the input has begun
		_, err := fmt.Fprintln(p.in, `{"_time":"2026-03-01T08:00:00Z","src":"10.0.0.1","action":"blocked"}`)
		require.NoError(t, err)
		p.awaitMessage(c.want)
		p.awaitMessage(c.want)
		require.NoError(t, p.in.Close())
		code, messages := p.waitForExit()
		assert.Equal(t, exitDone, code, messages)
	}
	code, _, errs := runRisk(t, "", "--summary-every", "0s")
	assert.Equal(t, exitUsage, code)
	assert.Equal(t, "kith: flag --summary-every: 0s: must be more than 0s\n", errs)
}
