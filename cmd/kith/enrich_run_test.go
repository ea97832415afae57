package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/cmd/kith/internal/term"
	"github.com/kithsec/kith/enrich"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/lists"
	"github.com/kithsec/kith/snapshot"
)

func TestReloadMessages(t *testing.T) {
	var b bytes.Buffer
	r := &enrichRun{flags: &enrichFlags{}, enricher: new(enrich.Enricher), messages: term.NewMessages(&b, nil)}
	report := func() string {
		b.Reset()
		o := r.reloadOptions(nil)
		o.Refused(problem.WithHint(errors.New("bad"), "mend it"))
		o.Unwatched(errors.New("lists: no"), 10*time.Second)
		if o.Unchanged != nil {
			o.Unchanged()
			o.BlocksChanged("kith.yaml")
			o.Reloaded(&lists.Version{Snapshot: new(snapshot.Snapshot)}, 1500*time.Millisecond)
		}
		return b.String()
	}
	const always = `kith: bad
kith: hint: mend it
kith: the new lists are not used: those of before stay
kith: watching lists: no: it is looked at every 10s instead
`
	assert.Equal(t, always+`kith: nothing has changed in the lists
kith: kith.yaml: the blocks enrich and zones have changed: that counts from the next start on
kith: reloaded 0 assets and 0 identities in 1.5s
`, report())
	r.flags.quiet = true
	assert.Equal(t, always, report())
}

func TestOrInterrupted(t *testing.T) {
	assert.Equal(t, errInterrupted, orInterrupted(context.Canceled))
	assert.Equal(t, exitFailed, exitCode(errInterrupted))
	assert.EqualError(t, orInterrupted(errors.New("a")), "a")
	assert.NoError(t, orInterrupted(nil))
}
