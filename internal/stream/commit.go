package stream

import "time"

// CommitTime states how soon a block must be committed.
type CommitTime uint8

// The times of commits.
const (
	WithinInterval CommitTime = iota // within Committer.Every
	AtPause                          // as soon as the input pauses
	AtOnce                           // before the next block
)

// Committer commits the input that has passed all stages of a run, and then acknowledges
// it to the source. The same Committer may be used for several runs in sequence. The end
// of a run does not commit; call [Committer.Flush].
type Committer struct {
	Commit func(Position) error
	Every  time.Duration // maximum time between commits while units arrive; 0 means one second
	Pause  time.Duration // time without input after which AtPause is due; 0 means 100 ms

	src      Source
	position Position
	pending  bool // position is not committed yet
	atPause  bool // the commit is due at the next pause
	due      time.Time
}

// Flush commits the input that has passed all stages, unless it is committed already.
func (c *Committer) Flush() error {
	if !c.pending {
		return nil
	}
	return c.commit()
}

func (c *Committer) commit() error {
	c.pending, c.atPause = false, false
	c.scheduleCommit()
	if err := c.Commit(c.position); err != nil {
		return err
	}
	c.src.Acknowledge(c.position)
	return nil
}

func (c *Committer) scheduleCommit() {
	every := c.Every
	if every <= 0 {
		every = time.Second
	}
	c.due = time.Now().Add(every)
}

// watchPauses returns a channel that receives regularly, so that pauses of the input are
// noticed. For a nil Committer the channel is nil.
func (c *Committer) watchPauses() (pauses <-chan time.Time, stop func()) {
	if c == nil {
		return nil, func() {}
	}
	if c.due.IsZero() {
		c.scheduleCommit()
	}
	pause := c.Pause
	if pause <= 0 {
		pause = 100 * time.Millisecond
	}
	ticker := time.NewTicker(pause)
	return ticker.C, ticker.Stop
}

// advanceTo records that a block has passed all stages, up to p, and commits if that is
// due.
func (c *Committer) advanceTo(src Source, p Position, u CommitTime) error {
	c.src, c.position, c.pending = src, p, true
	c.atPause = c.atPause || u >= AtPause
	if u == AtOnce || time.Now().After(c.due) {
		return c.commit()
	}
	return nil
}

// commitAtPause commits if a block has requested that for the next pause, or if a commit
// is due. It is called when the input pauses.
func (c *Committer) commitAtPause() error {
	if c.pending && (c.atPause || time.Now().After(c.due)) {
		return c.commit()
	}
	return nil
}
