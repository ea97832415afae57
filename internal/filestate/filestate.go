// Package filestate detects that files have changed.
//
// A state is what the file system reports of a file: identity, size and time of
// change. File systems keep time in steps, and two versions of a file written
// within one step look alike; a state taken before the file is read therefore
// waits until the step is over.
package filestate

import (
	"os"
	"time"
)

// States holds the states of files by path; nil is an absent file.
type States map[string]os.FileInfo

// Of returns the states of files.
func Of(paths []string) States { return collectStates(paths, statFile) }

// BeforeRead returns the states of files that are to be read, as
// statBeforeRead does.
func BeforeRead(paths []string) States { return collectStates(paths, StatBeforeRead) }

func collectStates(paths []string, stat func(string) os.FileInfo) States {
	all := make(States, len(paths))
	for _, path := range paths {
		all[path] = stat(path)
	}
	return all
}

// Same reports whether both hold the same files in the same states.
func (a States) Same(b States) bool {
	if len(a) != len(b) {
		return false
	}
	for path, was := range a {
		is, known := b[path]
		switch {
		case !known || (is == nil) != (was == nil):
			return false
		case is != nil && !(os.SameFile(is, was) && is.Size() == was.Size() && is.ModTime().Equal(was.ModTime())):
			return false
		}
	}
	return true
}

// statFile returns nil for an absent file.
func statFile(path string) os.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

// clockTick is longer than the steps in which file systems keep time.
const clockTick = 20 * time.Millisecond

// StatBeforeRead returns the state of a file that is to be read, nil if it is
// absent. It waits until a later write to the file must change the state, but not
// longer than a second for a file that is written without end.
func StatBeforeRead(path string) (info os.FileInfo) {
	for range 50 {
		if info = statFile(path); info == nil {
			break
		}
		age := time.Since(info.ModTime())
		if age < 0 || age >= clockTick { // its clock may be ahead of ours
			break
		}
		time.Sleep(clockTick - age)
	}
	return info
}
