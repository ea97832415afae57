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
	stormHosts  = 2000
	stormPeople = 500
	stormBatch  = 1000 // events that are fed at a time
	stormPace   = 20 * time.Millisecond
	stormLives  = 12 // processes, one after another, in the time there is
)

// storm feeds `kith enrich --watch` while its lists change. All entities of a
// version of the lists have its number, and those of lists that must be refused
// say "bad": an event must have the number of one version, and never "bad".
type storm struct {
	inOrder
	soakFolder
	page    *soakPage
	rng     *rand.Rand
	bad     deck // of the lists that must be refused
	version int
	lives   int
}

func newStorm(t *testing.T, page *soakPage, rng *rand.Rand) *storm {
	s := &storm{soakFolder: soakFolder{t, t.TempDir()}, page: page, rng: rng, bad: deck{n: 7, rng: rng}}
	s.says, s.fits = t.Logf, s.isEvent
	return s
}

// appendStormEvent appends event i. One source in ten is in no list.
func appendStormEvent(dst []byte, i int) []byte {
	src := fmt.Sprintf("10.%d.%d.1", i*7%stormHosts/200, i*7%200)
	if i%10 == 9 {
		src = "192.0.2.7"
	}
	return fmt.Appendf(dst, `{"n":%d,"src":"%s","user":"U%d","action":"allowed"}`, i, src, i%stormPeople)
}

var stormVersion = regexp.MustCompile(`"v[0-9]+"`)

// What the lists know of the source and of the user of an event, but for the
// number of the version.
const (
	ofSource = `,"src_mark":"good","src_version":"v"`
	ofUser   = `,"user_mark":"good","user_version":"v"}` + "\n"
)

// isEvent reports whether a line is event i with what good lists say of it. It
// counts those that two versions have written into.
func (s *storm) isEvent(i int, line []byte) bool {
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

// run lets processes live one after another until the time is over, and checks
// that nothing was lost between them.
func (s *storm) run(end time.Time) {
	life := time.Until(end) / stormLives
	for time.Now().Before(end) {
		s.live(min(life, time.Until(end)))
	}
	s.in = s.next
}

// stormProcess is kith enrich --watch.
type stormProcess struct {
	*exec.Cmd
	in    io.WriteCloser
	said  *stormVoice
	began chan struct{} // closed when the first event is out
	over  chan struct{} // closed when the output has ended
}

// live starts a process, feeds it and changes its lists for a while, and ends
// it: the input ends, or it is stopped, or killed.
func (s *storm) live(d time.Duration) {
	s.good()
	p := s.start()
	began := s.next
	fed := make(chan int, 1)
	stop := make(chan struct{})
	go func() { fed <- s.feed(p.in, began, stop) }()
	select { // a SIGHUP before it has begun would end it
	case <-p.began:
	case <-p.over:
	}
	for until := time.Now().Add(d); time.Now().Before(until); {
		s.change(p)
	}
	ending := s.lives % 3
	s.lives++
	switch ending {
	case 1:
		s.page.count("SIGTERM", 1)
		require.NoError(s.t, p.Process.Signal(syscall.SIGTERM))
	case 2:
		s.page.count("SIGKILL", 1)
		require.NoError(s.t, p.Process.Kill())
	}
	close(stop)
	<-p.over
	<-p.said.over
	err := p.Wait()
	s.page.held(p.ProcessState)
	written := <-fed
	summary := p.said.end()
	if ending == 2 {
		return
	}
	require.NoError(s.t, err, summary)
	assert.Contains(s.t, summary, fmt.Sprintf(`{"events":%d,`, s.next-began), "of the summary and of what came out")
	assert.Contains(s.t, summary, fmt.Sprintf(`"reloads":%d}`, p.said.reloaded.Load()), "of the summary and of what was said")
	if ending == 0 {
		assert.Equal(s.t, written, s.next-began, "events of an input that ended")
	}
}

// start starts kith enrich and the goroutines that hear it.
func (s *storm) start() *stormProcess {
	s.page.count("process", 1)
	s.page.count("GOMEMLIMIT=20MiB", 1)
	p := &stormProcess{began: make(chan struct{}), over: make(chan struct{})}
	p.Cmd = kith(s.t, s.dir, "enrich", "--watch", "--fields", "version,mark", "--summary", "json")
	p.Env = append(os.Environ(), "GOMEMLIMIT=20MiB")
	var err error
	p.in, err = p.StdinPipe()
	require.NoError(s.t, err)
	out, err := p.StdoutPipe()
	require.NoError(s.t, err)
	errs, err := p.StderrPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, p.Start())
	p.said = hear(errs, s.page)
	go func() {
		defer close(p.over)
		lines := bufio.NewReaderSize(out, 1<<20)
		for n := 0; ; n++ {
			line, err := lines.ReadSlice('\n')
			if err != nil {
				return // with a line that was cut by the kill
			}
			s.take(line)
			if n == 0 {
				close(p.began)
			}
		}
	}()
	return p
}

// feed writes events at an even pace, and returns how many it wrote when it is
// stopped or nobody reads them any more.
func (s *storm) feed(to io.WriteCloser, from int, stop <-chan struct{}) (n int) {
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

// good puts lists there that can be used, of a new version.
func (s *storm) good() {
	s.version++
	s.put("hosts.csv", soakHosts(0, stormHosts, "good"))
	s.put("people.csv", soakPeople(stormPeople, "good"))
	s.put("kith.yaml", fmt.Sprintf(`assets: {sources: [{path: hosts.csv, set: {version: v%d}}]}
identities: {sources: [{path: people.csv, set: {version: v%d}}]}
`, s.version, s.version))
}

// change lets something happen to the lists, and waits until the process has
// said what it makes of it.
func (s *storm) change(p *stormProcess) {
	refused := []struct {
		what string
		do   func()
	}{
		{"list shrank", func() { s.put("hosts.csv", soakHosts(0, stormHosts*2/5, "bad")) }},
		{"list shrank", func() { s.put("people.csv", soakPeople(0, "bad")) }},
		{"list without a line", func() { s.put("hosts.csv", "") }},
		{"list torn", func() { s.write("hosts.csv", soakHosts(0, stormHosts/3, "bad")+"10.9.9.1,\"ho") }},
		{"list removed", func() { require.NoError(s.t, os.Remove(s.path("people.csv"))) }},
		{"other machines", func() { s.put("hosts.csv", soakHosts(stormHosts, stormHosts, "bad")) }},
		{"wrong configuration", func() {
			s.put("kith.yaml", "assets: {sources: [{path: hosts.csv, set: {version: bad}}]}\nrelaod: {}\n")
		}},
	}
	if s.rng.IntN(2) == 0 {
		r := refused[s.bad.deal()]
		s.page.count(r.what, 1)
		seen := p.said.refused.Load()
		r.do()
		s.hangUp(p)
		p.said.wait(s.t, func() bool { return p.said.refused.Load() > seen })
	}
	seen := p.said.reloaded.Load()
	if s.rng.IntN(4) == 0 {
		s.page.count("burst of reloads", 1)
		for range 30 {
			s.good()
			s.hangUp(p)
		}
	}
	s.good()
	if s.rng.IntN(2) == 0 { // else it must see for itself
		s.hangUp(p)
	}
	p.said.wait(s.t, func() bool { return p.said.reloaded.Load() > seen })
}

func (s *storm) hangUp(p *stormProcess) { _ = p.Process.Signal(syscall.SIGHUP) }

// stormVoice is what a process says on standard error.
type stormVoice struct {
	reloaded, refused atomic.Int64
	page              *soakPage
	news              chan struct{}
	over              chan struct{}
	mu                sync.Mutex
	last              []string
}

// hear begins to hear.
func hear(errs io.Reader, page *soakPage) *stormVoice {
	v := &stormVoice{page: page, news: make(chan struct{}, 1), over: make(chan struct{})}
	go func() {
		defer close(v.over)
		lines := bufio.NewScanner(errs)
		for lines.Scan() {
			v.line(lines.Text())
		}
	}()
	return v
}

func (v *stormVoice) line(text string) {
	switch {
	case strings.Contains(text, "kith: reloaded "):
		v.page.count("reloaded", 1)
		v.reloaded.Add(1)
	case strings.Contains(text, "the new lists are not used"):
		v.page.count("refused", 1)
		v.refused.Add(1)
	}
	v.mu.Lock()
	v.last = append(v.last[max(0, len(v.last)-20):], text)
	v.mu.Unlock()
	select {
	case v.news <- struct{}{}:
	default:
	}
}

// wait waits until what was said makes ok true. It counts a minute in seconds,
// so that a machine that was stopped for longer than that fails nothing.
func (v *stormVoice) wait(t *testing.T, ok func() bool) {
	for silent := 0; !ok(); {
		select {
		case <-v.news:
		case <-v.over:
			require.True(t, ok(), "it has ended: %s", v.text())
			return
		case <-time.After(time.Second):
			silent++
			require.Less(t, silent, 60, "seconds nothing was said after %s", v.text())
		}
	}
}

func (v *stormVoice) text() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.last, "\n")
}

// end waits for the last word and returns the last lines.
func (v *stormVoice) end() string {
	<-v.over
	return v.text()
}
