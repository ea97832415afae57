// Command detector reads logon events, detects password guessing, and adds its findings
// to the risk of the users.
//
//	detector people.csv <events.ndjson
//
// A finding is a risk modifier: a risk object, its type, a score, a time and a source.
// The engine resolves ACME\jdoe, jdoe and jdoe@corp.example to one person, and emits a
// notable when the risk of a person is too high.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/kithsec/kith/detect"
	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/merge"
	"github.com/kithsec/kith/risk"
	"github.com/kithsec/kith/snapshot"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: detector IDENTITIES.csv <events.ndjson")
		os.Exit(2)
	}
	if err := detectWithPeople(os.Stdout, os.Stdin, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "detector:", err)
		os.Exit(1)
	}
}

func detectWithPeople(out io.Writer, in io.Reader, people string) error {
	resolver, err := newResolver(people)
	if err != nil {
		return err
	}
	engine, err := risk.New(risk.Config{}, resolver, risk.Options{})
	if err != nil {
		return err
	}
	return detectStream(out, in, engine)
}

// newResolver returns a Resolver that finds people by their keys.
func newResolver(path string) (detect.Resolver, error) {
	people, err := merge.Merge(entity.Identity, []merge.Source{merge.File("people", path)}, merge.Options{})
	if err != nil {
		return nil, err
	}
	return snapshot.Build(nil, people.Entities, snapshot.Options{})
}

// detectStream reads events and writes each notable as soon as the modifier that causes
// it has been added.
func detectStream(out io.Writer, in io.Reader, engine *risk.Engine) error {
	guesses := detector{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var e logon
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		m, found := guesses.addLogon(e)
		if !found {
			continue
		}
		modifier, err := json.Marshal(m)
		if err != nil {
			return err
		}
		for _, n := range engine.Add([][]byte{modifier}).Notables {
			if _, err := fmt.Fprintf(out, "%s\n", n.AppendJSON(nil)); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}
