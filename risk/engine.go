package risk

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/event"
	"github.com/kithsec/kith/internal/eventtime"
	"github.com/kithsec/kith/internal/window"
	"github.com/kithsec/kith/state"
)

// Options are the options of an Engine that are not part of its Config. The zero Options
// are the defaults.
type Options struct {
	// Rules are the contents of rule files, as [detect.ParseRules] parses them.
	Rules []detect.RuleFile
	// Zone selects the zone of events that have none.
	Zone event.ZoneOptions
	// Presets are presets in addition to the shipped ones, for the times of events; see
	// [event.Options].
	Presets []event.Preset
	// Unwrap selects which JSON objects are envelopes of events; see [detect.Config].
	Unwrap event.Unwrap
	// State, if set, is the state that New restores the engine from. The engine then
	// also records its changes for [Engine.AppendChanges]. State is read only during
	// New. The configuration may differ from the one the state was written under.
	State state.Reader
	// Workers is how many goroutines read input and evaluate objects while Add runs;
	// the default is 1. The output does not depend on it.
	Workers int
	// MaxContributions is the maximum number of contributions that a notable
	// lists. It lists the largest; the others are summed up in [Notable.Rest]. 0
	// lists all.
	MaxContributions int
	// NoContributions makes notables list none: all are summed up in
	// [Notable.Rest].
	NoContributions bool
	// ScoreError, if set, is called when a rule makes no modifier of an event because the
	// event has no score in the field that the rule names: for the first such event of each
	// rule and field. Summary.RuleErrors counts all of them.
	ScoreError func(*detect.ScoreError)
	// Now returns the time of the wall clock; the default is time.Now.
	Now func() time.Time
}

// contributionLimit returns the limit for the contributions that a notable lists.
func (o *Options) contributionLimit() contributionLimit {
	if o.NoContributions {
		return contributionLimit{}
	}
	return contributionLimit{all: o.MaxContributions == 0, max: o.MaxContributions}
}

// Engine keeps the modifiers of all risk objects, evaluates the incident rules over them
// and emits notables. It must not be used concurrently.
type Engine struct {
	program   *program
	config    Config
	options   Options
	resolver  detect.Resolver
	now       func() time.Time
	workers   int
	seed      maphash.Seed
	clock     window.Clock
	seen      *window.Seen // fingerprints of counted modifiers
	readers   []*detect.Reader
	shards    []*shard
	seq       uint64
	lastClock eventtime.Instant // the clock after the last counted modifier
	summary   Summary
	journal   journal

	input    input // of the current call
	readings []detect.Reading
	batch    []admitted
	byShard  [][]int32
	emitted  []emitted
	unscored scoreErrors
	sink     int64 // keeps the compiler from removing prefetching loads
}

// Summary counts input and output since the engine was made. Counted, Duplicates and Late
// count modifiers; Lines, Bad, Unmatched and RuleErrors count events in any form.
type Summary struct {
	Lines      int64 `json:"lines"` // not counting blank ones
	Counted    int64 `json:"counted"`
	Duplicates int64 `json:"duplicates"`  // of modifiers that were counted
	Late       int64 `json:"late"`        // further behind the clock than Config.Lateness
	Bad        int64 `json:"bad"`         // in Result.Bad
	Unmatched  int64 `json:"unmatched"`   // not modifiers, and no rule applies
	RuleErrors int64 `json:"rule_errors"` // a rule finds no score, or a token of its message no value
	Notables   int64 `json:"notables"`
}

// Since returns s minus before, an earlier summary of the same engine.
func (s Summary) Since(before Summary) Summary {
	s.Lines -= before.Lines
	s.Counted -= before.Counted
	s.Duplicates -= before.Duplicates
	s.Late -= before.Late
	s.Bad -= before.Bad
	s.Unmatched -= before.Unmatched
	s.RuleErrors -= before.RuleErrors
	s.Notables -= before.Notables
	return s
}

// BadLine is an event that could not be read.
type BadLine struct {
	Index  int // of the event in the argument of the call
	Reason error
}

// Result is the result of adding events: the notables they caused and the events that
// could not be read.
type Result struct {
	Notables []*Notable // ordered by the modifier that caused them, then by time
	Causes   []int      // by notable: the index of the event that caused it
	Bad      []BadLine
}

// New returns an engine, which is empty unless opt has a State. The error joins a
// [*detect.ConfigError] for every invalid value of cfg. If the state cannot be decoded,
// the error wraps [state.ErrDamaged]. resolver may be nil; then objects are not resolved
// and keep their names.
func New(cfg Config, resolver detect.Resolver, opt Options) (*Engine, error) {
	p, err := compileConfig(cfg, opt)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		program: p, config: cfg, options: opt, resolver: resolver, now: opt.Now, workers: max(1, opt.Workers), seed: maphash.MakeSeed(),
		clock: window.NewClock(p.lateness, p.retention), seen: window.NewSeen(), lastClock: -eventtime.Never,
		unscored: scoreErrors{report: opt.ScoreError},
	}
	if e.now == nil {
		e.now = time.Now
	}
	for range e.workers {
		e.readers = append(e.readers, p.detector.NewReader(resolver, e.seed))
		s := newShard(p.incidents, p.lateness, p.retention, opt.contributionLimit())
		s.objects.seed = e.seed
		e.shards = append(e.shards, s)
	}
	e.options.State = nil // CompileRules must not keep it alive
	e.byShard = make([][]int32, e.workers)
	if opt.State != nil {
		if err := restoreEngine(e, opt.State); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// SetResolver replaces the resolver for events that are added later. Objects that were
// resolved before do not change.
func (e *Engine) SetResolver(resolver detect.Resolver) {
	e.resolver = resolver
	for _, r := range e.readers {
		r.SetResolver(resolver)
	}
}

// Summary returns the counts since the engine was made.
func (e *Engine) Summary() Summary { return e.summary }

// Clock returns the event time. It reports whether there is one; there is none before the
// first modifier.
func (e *Engine) Clock() (time.Time, bool) {
	return e.clock.Now().Time(), e.clock.Now() != -eventtime.Never
}

// Add adds events as JSON lines, in order. It does not retain lines. The notables do not
// depend on how lines are divided into calls.
func (e *Engine) Add(lines [][]byte) Result { return e.addInput(len(lines), input{lines: lines}) }

// AddRecords is like Add, but takes CSV records with a common header; see
// [event.Record].
func (e *Engine) AddRecords(header []string, records [][]string) Result {
	return e.addInput(len(records), input{header: header, records: records})
}

// AddMaps is like Add, but takes decoded events; see [event.Map].
func (e *Engine) AddMaps(events []map[string]any) Result {
	return e.addInput(len(events), input{maps: events})
}

// input holds the events of one call. Only one form of events is set: lines, records with
// their header, or maps.
type input struct {
	lines   [][]byte
	header  []string
	records [][]string
	maps    []map[string]any
}

// readInto reads the events with indexes in [from, to) into readings.
func (in *input) readInto(r *detect.Reader, from, to int, readings []detect.Reading) {
	switch {
	case in.lines != nil:
		r.ReadLines(in.lines[from:to], readings)
	case in.records != nil:
		r.ReadRecords(in.header, in.records[from:to], readings)
	default:
		r.ReadMaps(in.maps[from:to], readings)
	}
}

// AddReadings is like Add, but takes events that were read by Readers from NewReader.
// It does not retain the readings.
func (e *Engine) AddReadings(readings []detect.Reading) Result {
	var result Result
	e.admitReadings(readings, &result)
	e.evaluateBatch()
	for i := range e.emitted {
		result.Notables = append(result.Notables, e.emitted[i].notable)
		result.Causes = append(result.Causes, e.batch[e.emitted[i].seq-e.batch[0].seq].event)
	}
	e.summary.Notables += int64(len(e.emitted))
	return result
}

// Rules returns the detection rules in use.
func (e *Engine) Rules() *Rules { return &Rules{e.program.detector, e.seed} }

// Schema returns the schema of the events: the paths that the configuration names and
// those of the fields of modifiers.
func (e *Engine) Schema() *event.Schema { return e.Rules().Schema() }

// NewReader returns a Reader for AddReadings. The Reader may be used concurrently with
// the Engine.
func (e *Engine) NewReader(resolver detect.Resolver) *detect.Reader {
	return e.Rules().NewReader(resolver)
}

// addInput reads the n events of in, a part of them on each worker, and adds them.
func (e *Engine) addInput(n int, in input) Result {
	e.readings = slices.Grow(e.readings[:0], n)[:n]
	now := e.now()
	share := max(1, (n+e.workers-1)/e.workers)
	e.input = in
	inParallel(e.workers, func(w int) {
		r := e.readers[w]
		r.Reset(now)
		from, to := min(n, w*share), min(n, (w+1)*share)
		e.input.readInto(r, from, to, e.readings[from:to])
	})
	e.input = input{}
	return e.AddReadings(e.readings)
}

// inParallel calls work for every worker, concurrently, and waits for all calls.
func inParallel(workers int, work func(int)) {
	if workers == 1 {
		work(0)
		return
	}
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() { work(i) })
	}
	wait.Wait()
}

// admitReadings decides, in order of arrival, which modifiers count and assigns them to
// shards.
func (e *Engine) admitReadings(readings []detect.Reading, result *Result) {
	e.batch = e.batch[:0]
	for i := range e.byShard {
		e.byShard[i] = e.byShard[i][:0]
	}
	if e.program.wallClock {
		e.clock.Advance(eventtime.Of(e.now()))
	}
	for i := range readings {
		r := &readings[i]
		if i%prefetchBatch == 0 {
			e.sink += prefetchSeen(e.seen, readings[i:min(i+prefetchBatch, len(readings))])
		}
		if r.Blank {
			continue
		}
		e.summary.Lines++
		if r.Err != nil {
			e.summary.Bad++
			result.Bad = append(result.Bad, BadLine{i, r.Err})
		}
		if r.Unmatched {
			e.summary.Unmatched++
		}
		if r.RuleError {
			e.summary.RuleErrors++
		}
		if r.ScoreErr != nil {
			e.unscored.add(r.ScoreErr)
		}
		for k := range r.Facts {
			e.admitFact(&r.Facts[k], i)
		}
	}
}

// prefetchSeen prefetches the slots of e.seen that admitting readings will read.
func prefetchSeen(seen *window.Seen, readings []detect.Reading) (sink int64) {
	for i := range readings {
		for k := range readings[i].Facts {
			sink += seen.Prefetch(readings[i].Facts[k].ID)
		}
	}
	return sink
}

// admitFact assigns a modifier of an event to its shard, unless it is a duplicate or late. A
// late duplicate is counted as a duplicate.
func (e *Engine) admitFact(f *detect.Fact, event int) {
	slot, found := e.seen.Find(f.ID, e.clock.Stale())
	at := eventtime.Of(f.Time)
	switch {
	case found:
		e.summary.Duplicates++
		return
	case e.clock.IsLate(at):
		e.summary.Late++
		return
	}
	e.seen.Store(slot, f.ID, at)
	e.clock.Advance(at)
	e.summary.Counted++
	shard := shardIndex(f.Hash, e.workers)
	e.byShard[shard] = append(e.byShard[shard], int32(len(e.batch)))
	e.batch = append(e.batch, admitted{Fact: f, event: event, at: at, seq: e.seq, clockBefore: e.lastClock, clockAfter: e.clock.Now()})
	e.seq++
	e.lastClock = e.clock.Now()
}

// evaluateBatch adds the batch to the shards and collects the notables that they emit.
func (e *Engine) evaluateBatch() {
	inParallel(e.workers, func(w int) { e.shards[w].addBatch(e.batch, e.byShard[w]) })
	e.emitted = e.emitted[:0]
	for _, s := range e.shards {
		e.emitted = append(e.emitted, s.emitted...)
	}
	sortEmitted(e.emitted)
}

// oldestNeeded returns the time before which modifiers are not needed any more: neither
// the current windows nor those of late modifiers can contain them, and every object has
// been evaluated up to the instant they left.
func (e *Engine) oldestNeeded() eventtime.Instant {
	at := e.shards[0].oldest
	for _, s := range e.shards {
		at = min(at, s.oldest)
	}
	return at
}

// Live returns how many modifiers the engine holds.
func (e *Engine) Live() int {
	n := 0
	for _, s := range e.shards {
		n += s.live
	}
	return n
}
