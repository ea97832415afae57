package state_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/kithsec/kith/state"
)

// words is an engine that counts words.
type words map[string]int

func (w words) AppendChanges(dst []state.Change) []state.Change {
	for word, n := range w {
		dst = append(dst, state.Change{Space: "words", Key: []byte(word), Value: fmt.Append(nil, n)})
	}
	return dst
}

// restore reads what an earlier run committed.
func (w words) restore(r state.Reader) error {
	for c, err := range r.All("words") {
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(c.Value))
		if err != nil {
			return err
		}
		w[string(c.Key)] = n
	}
	return nil
}

// Each commit contains the state of the engine, the output, and the position in the
// input.
func ExampleSession() {
	log := new(state.Memory) // or one of package state/bolt, which outlives the process
	for _, line := range []string{"who where what", "who how"} {
		engine := words{}
		if err := engine.restore(log); err != nil {
			fmt.Println(err)
			return
		}
		s, err := state.NewSession(log, state.Options{Stream: os.Stdout}, engine)
		if err != nil {
			fmt.Println(err)
			return
		}
		for word := range strings.FieldsSeq(line) {
			engine[word]++
		}
		s.Emit(state.Change{Space: "lines", Key: []byte(line), Value: fmt.Append(nil, "who: ", engine["who"])})
		s.Advance(1, int64(len(line))+1)
		if err := s.Close(); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// who: 1
	// who: 2
}
