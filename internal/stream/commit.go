package stream

import "time"

// Urgency is how soon a block has to be committed.
type Urgency uint8

// The urgencies.
const (
	WithinInterval Urgency = iota // within Committer.Every
	AtPause                       // as soon as the input pauses
	AtOnce                        // before the next block
)

// Committer commits what has passed all stages of a run, and then acknowledges
// it to the source. It may serve one run after another: the end of a run is not a
// commit, [Committer.Flush] is.
type Committer struct {
	Commit func(Position) error
	Every  time.Duration // longest time between commits while units come; 0 is a second
	Pause  time.Duration // of the input, after which AtPause is due; 0 is 100 ms

	src      Source
	position Position
	pending  bool // there is something to commit
	soon     bool // it is due at the next pause
	due      time.Time
}

// Flush commits what has passed and was not committed.
func (c *Committer) Flush() error {
	if !c.pending {
		return nil
	}
	return c.commit()
}

func (c *Committer) commit() error {
	c.pending, c.soon = false, false
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

// watchPauses returns a channel that receives regularly, so that pauses of the
// input are noticed. A nil Committer does not care.
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

// advanceTo notes that a block has passed, and commits if that is due.
func (c *Committer) advanceTo(src Source, p Position, u Urgency) error {
	c.src, c.position, c.pending = src, p, true
	c.soon = c.soon || u >= AtPause
	if u == AtOnce || time.Now().After(c.due) {
		return c.commit()
	}
	return nil
}

// commitAtPause commits if the input pauses and somebody waits for the commit, or if it
// is due.
func (c *Committer) commitAtPause() error {
	if c.pending && (c.soon || time.Now().After(c.due)) {
		return c.commit()
	}
	return nil
}
