package lists

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/kithsec/kith/config"
	"github.com/kithsec/kith/internal/problem"
)

// pollInterval is how often watched files are looked at without a notification: network
// file systems send none, and a folder that is replaced takes its watch along.
const pollInterval = 10 * time.Second

// Watch makes Run look at the files when something happens in their folders, until
// ctx is done. It must be called before Run. Folders are watched instead of files,
// because files are replaced by renaming others over them, and may be absent.
func (r *Reloader) Watch(ctx context.Context) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return problem.WithHint(err, "leave out --watch and send SIGHUP to reload")
	}
	var troubled []string
	r.watch = func(files []string) {
		for _, folder := range foldersOf(files) {
			err := w.Add(folder)
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !slices.Contains(troubled, folder) {
				troubled = append(troubled, folder)
				if r.o.Unwatched != nil {
					r.o.Unwatched(problem.Cause(folder, err), pollInterval)
				}
			}
		}
	}
	r.watch(r.inUse.paths())
	go func() {
		defer w.Close()
		tick := time.NewTicker(pollInterval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.Events:
			case <-w.Errors: // some events are lost
			case <-tick.C:
			}
			r.notifyChange()
		}
	}()
	return nil
}

// foldersOf returns the folders in which a change of the files shows: their own, those
// of the targets of symbolic links, and for a pattern all that match so far.
func foldersOf(files []string) []string {
	var all []string
	add := func(folder string) {
		if !slices.Contains(all, folder) {
			all = append(all, folder)
		}
	}
	for _, file := range files {
		folder := filepath.Dir(file)
		for config.IsGlob(folder) {
			matches, _ := filepath.Glob(folder) // a pattern was checked long before
			for _, m := range matches {
				if info, err := os.Stat(m); err == nil && info.IsDir() {
					add(m)
				}
			}
			folder = filepath.Dir(folder)
		}
		add(folder)
		if target, err := filepath.EvalSymlinks(file); err == nil {
			add(filepath.Dir(target))
		}
	}
	return all
}
