// Package filestate detects that files have changed.
//
// The state of a file is what the file system reports about it: its identity, size and
// modification time. Modification times have a limited resolution, so two versions of a
// file that are written in quick succession can have the same state. BeforeRead and
// StatBeforeRead therefore wait until any later version must have another state.
package filestate

import (
	"os"
	"time"
)

// States maps the paths of files to their states. The state of an absent file is nil.
type States map[string]os.FileInfo

// Of returns the current states of files.
func Of(paths []string) States { return collectStates(paths, statFile) }

// BeforeRead returns the states of files that are about to be read, each from
// StatBeforeRead.
func BeforeRead(paths []string) States { return collectStates(paths, StatBeforeRead) }

func collectStates(paths []string, stat func(string) os.FileInfo) States {
	all := make(States, len(paths))
	for _, path := range paths {
		all[path] = stat(path)
	}
	return all
}

// Same reports whether a and b contain the same files in the same states.
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

// statFile returns the state of a file, or nil if it is absent.
func statFile(path string) os.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

// clockTick is longer than the time resolution of file systems.
const clockTick = 20 * time.Millisecond

// StatBeforeRead returns the state of a file that is about to be read, or nil if the file
// is absent. It waits until any later write is certain to change the state, but at most a
// second, in case the file is written continuously.
func StatBeforeRead(path string) (info os.FileInfo) {
	for range 50 {
		if info = statFile(path); info == nil {
			break
		}
		age := time.Since(info.ModTime())
		if age < 0 || age >= clockTick { // a negative age means that the file system's clock is ahead
			break
		}
		time.Sleep(clockTick - age)
	}
	return info
}
