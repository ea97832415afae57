//go:build long && linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	stormHosts     = 2000
	stormPeople    = 500
	stormBatch     = 1000 // events that are written at a time
	stormPace      = 20 * time.Millisecond
	stormProcesses = 12 // that run one after another
)

// reloadStorm sends events to `kith enrich --watch` while its lists change. All entities
// of a version of the lists have the version's number, and those of lists that must be
// refused have the mark "bad". Every event must have the number of one version, and
// never the mark.
type reloadStorm struct {
	orderChecker
	soakFolder
	page    *soakReport
	rng     *rand.Rand
	bad     shuffledDeck // of the lists that must be refused
	version int
	lives   int
}

func newStorm(t *testing.T, page *soakReport, rng *rand.Rand) *reloadStorm {
	s := &reloadStorm{soakFolder: soakFolder{t, t.TempDir()}, page: page, rng: rng, bad: shuffledDeck{n: 7, rng: rng}}
	s.report, s.matches = t.Logf, s.isEvent
	return s
}

// appendStormEvent appends event i. Every tenth source is in no list.
func appendStormEvent(dst []byte, i int) []byte {
	src := fmt.Sprintf("10.%d.%d.1", i*7%stormHosts/200, i*7%200)
	if i%10 == 9 {
		src = "192.0.2.7"
	}
	return fmt.Appendf(dst, `{"n":%d,"src":"%s","user":"U%d","action":"allowed"}`, i, src, i%stormPeople)
}

var stormVersion = regexp.MustCompile(`"v[0-9]+"`)

// The fields of the source and of the user of an event, without the version's number.
const (
	ofSource = `,"src_mark":"good","src_version":"v"`
	ofUser   = `,"user_mark":"good","user_version":"v"}` + "\n"
)

// isEvent reports whether a line is event i enriched by good lists. It counts events
// that were enriched by two versions.
func (s *reloadStorm) isEvent(i int, line []byte) bool {
	kept := bytes.TrimSuffix(appendStormEvent(nil, i), []byte("}"))
	if !bytes.HasPrefix(line, kept) {
		return false
	}
	fields := line[len(kept):]
	versions := stormVersion.FindAll(fields, -1)
	want := ofSource + ofUser
	if i%10 == 9 {
		want = ofUser
	}
	if string(stormVersion.ReplaceAll(fields, []byte(`"v"`))) != want {
		return false
	}
	if !bytes.Equal(versions[0], versions[len(versions)-1]) {
		s.mixed++
	}
	return true
}

// runProcesses runs one process after another until the time end, and checks that no
// event is lost between them.
func (s *reloadStorm) runProcesses(end time.Time) {
	life := time.Until(end) / stormProcesses
	for time.Now().Before(end) {
		s.runProcess(min(life, time.Until(end)))
	}
	s.in = s.next
}

// stormProcess is kith enrich --watch.
type stormProcess struct {
	*exec.Cmd
	in       io.WriteCloser
	messages *stormMessages
	began    chan struct{} // closed when the first event is out
	ended    chan struct{} // closed when the output has ended
}

// runProcess starts a process, sends it events and changes its lists for a while, and
// ends it by the end of its input, by SIGTERM, or by SIGKILL.
func (s *reloadStorm) runProcess(d time.Duration) {
	s.putGoodLists()
	p := s.startProcess()
	began := s.next
	fed := make(chan int, 1)
	stop := make(chan struct{})
	go func() { fed <- s.feedEvents(p.in, began, stop) }()
	select { // before that, SIGHUP would end the process
	case <-p.began:
	case <-p.ended:
	}
	for until := time.Now().Add(d); time.Now().Before(until); {
		s.changeLists(p)
	}
	ending := s.lives % 3
	s.lives++
	switch ending {
	case 1:
		s.page.addCount("SIGTERM", 1)
		require.NoError(s.t, p.Process.Signal(syscall.SIGTERM))
	case 2:
		s.page.addCount("SIGKILL", 1)
		require.NoError(s.t, p.Process.Kill())
	}
	close(stop)
	<-p.ended
	<-p.messages.closed
	err := p.Wait()
	s.page.notePeakMemory(p.ProcessState)
	written := <-fed
	summary := p.messages.waitForEnd()
	if ending == 2 {
		return
	}
	require.NoError(s.t, err, summary)
	assert.Contains(s.t, summary, fmt.Sprintf(`{"events":%d,`, s.next-began), "events of the summary and of the output")
	assert.Contains(s.t, summary, fmt.Sprintf(`"reloads":%d}`, p.messages.reloaded.Load()), "reloads of the summary and of the messages")
	if ending == 0 {
		assert.Equal(s.t, written, s.next-began, "events of an input that ended")
	}
}

// startProcess starts kith enrich, and goroutines that read its output and messages.
func (s *reloadStorm) startProcess() *stormProcess {
	s.page.addCount("process", 1)
	s.page.addCount("GOMEMLIMIT=20MiB", 1)
	p := &stormProcess{began: make(chan struct{}), ended: make(chan struct{})}
	p.Cmd = kithCommand(s.t, s.dir, "enrich", "--watch", "--fields", "version,mark", "--summary", "json")
	p.Env = append(os.Environ(), "GOMEMLIMIT=20MiB")
	var err error
	p.in, err = p.StdinPipe()
	require.NoError(s.t, err)
	out, err := p.StdoutPipe()
	require.NoError(s.t, err)
	errs, err := p.StderrPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, p.Start())
	p.messages = readMessages(errs, s.page)
	go func() {
		defer close(p.ended)
		lines := bufio.NewReaderSize(out, 1<<20)
		for n := 0; ; n++ {
			line, err := lines.ReadSlice('\n')
			if err != nil {
				return // possibly with an incomplete line
			}
			s.checkLine(line)
			if n == 0 {
				close(p.began)
			}
		}
	}()
	return p
}

// feedEvents writes events at a constant rate. It returns their number when stop is
// closed, or when the reader has gone.
func (s *reloadStorm) feedEvents(to io.WriteCloser, from int, stop <-chan struct{}) (n int) {
	defer to.Close()
	pace := time.NewTicker(stormPace)
	defer pace.Stop()
	var buf []byte
	for {
		select {
		case <-stop:
			return n
		case <-pace.C:
		}
		buf = buf[:0]
		for range stormBatch {
			buf = append(appendStormEvent(buf, from+n), '\n')
			n++
		}
		if _, err := to.Write(buf); err != nil {
			return n
		}
	}
}

// putGoodLists writes valid lists of a new version.
func (s *reloadStorm) putGoodLists() {
	s.version++
	s.replaceFile("hosts.csv", soakHosts(0, stormHosts, "good"))
	s.replaceFile("people.csv", soakPeople(stormPeople, "good"))
	s.replaceFile("kith.yaml", fmt.Sprintf(`assets: {sources: [{path: hosts.csv, set: {version: v%d}}]}
identities: {sources: [{path: people.csv, set: {version: v%d}}]}
`, s.version, s.version))
}

// changeLists changes the lists and waits for the message of the process about it.
func (s *reloadStorm) changeLists(p *stormProcess) {
	refused := []struct {
		what string
		do   func()
	}{
		{"list shrank", func() { s.replaceFile("hosts.csv", soakHosts(0, stormHosts*2/5, "bad")) }},
		{"list shrank", func() { s.replaceFile("people.csv", soakPeople(0, "bad")) }},
		{"list without a line", func() { s.replaceFile("hosts.csv", "") }},
		{"list torn", func() { s.overwriteFile("hosts.csv", soakHosts(0, stormHosts/3, "bad")+"10.9.9.1,\"ho") }},
		{"list removed", func() { require.NoError(s.t, os.Remove(s.path("people.csv"))) }},
		{"other machines", func() { s.replaceFile("hosts.csv", soakHosts(stormHosts, stormHosts, "bad")) }},
		{"wrong configuration", func() {
			s.replaceFile("kith.yaml", "assets: {sources: [{path: hosts.csv, set: {version: bad}}]}\nrelaod: {}\n")
		}},
	}
	if s.rng.IntN(2) == 0 {
		r := refused[s.bad.next()]
		s.page.addCount(r.what, 1)
		seen := p.messages.refused.Load()
		r.do()
		s.sendHangup(p)
		p.messages.waitUntil(s.t, func() bool { return p.messages.refused.Load() > seen })
	}
	seen := p.messages.reloaded.Load()
	if s.rng.IntN(4) == 0 {
		s.page.addCount("burst of reloads", 1)
		for range 30 {
			s.putGoodLists()
			s.sendHangup(p)
		}
	}
	s.putGoodLists()
	if s.rng.IntN(2) == 0 { // otherwise the process must notice the change by itself
		s.sendHangup(p)
	}
	p.messages.waitUntil(s.t, func() bool { return p.messages.reloaded.Load() > seen })
}

// sendHangup requests a reload.
func (s *reloadStorm) sendHangup(p *stormProcess) { _ = p.Process.Signal(syscall.SIGHUP) }

// stormMessages are the messages of a process.
type stormMessages struct {
	reloaded, refused atomic.Int64
	page              *soakReport
	arrived           chan struct{}
	closed            chan struct{}
	mu                sync.Mutex
	last              []string
}

// readMessages starts a goroutine that reads and counts messages.
func readMessages(errs io.Reader, page *soakReport) *stormMessages {
	v := &stormMessages{page: page, arrived: make(chan struct{}, 1), closed: make(chan struct{})}
	go func() {
		defer close(v.closed)
		lines := bufio.NewScanner(errs)
		for lines.Scan() {
			v.countMessage(lines.Text())
		}
	}()
	return v
}

// countMessage counts a message and keeps the last ones.
func (v *stormMessages) countMessage(text string) {
	switch {
	case strings.Contains(text, "kith: reloaded "):
		v.page.addCount("reloaded", 1)
		v.reloaded.Add(1)
	case strings.Contains(text, "the new lists are not used"):
		v.page.addCount("refused", 1)
		v.refused.Add(1)
	}
	v.mu.Lock()
	v.last = append(v.last[max(0, len(v.last)-20):], text)
	v.mu.Unlock()
	select {
	case v.arrived <- struct{}{}:
	default:
	}
}

// waitUntil waits until a message makes ok true. It counts a minute in steps of a
// second, so that it does not fail if the machine was suspended.
func (v *stormMessages) waitUntil(t *testing.T, ok func() bool) {
	for silent := 0; !ok(); {
		select {
		case <-v.arrived:
		case <-v.closed:
			require.True(t, ok(), "the process has ended: %s", v.lastLines())
			return
		case <-time.After(time.Second):
			silent++
			require.Less(t, silent, 60, "seconds without a message after %s", v.lastLines())
		}
	}
}

// lastLines returns the last messages.
func (v *stormMessages) lastLines() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.last, "\n")
}

// waitForEnd waits for the last message and returns the last messages.
func (v *stormMessages) waitForEnd() string {
	<-v.closed
	return v.lastLines()
}
