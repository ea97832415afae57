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

// pollInterval is how often the files are checked without a notification. Network file
// systems send none, and neither does a directory that has been replaced.
const pollInterval = 10 * time.Second

// Watch makes Run check the files whenever something changes in their directories, and fetch
// the lists that are not files every [config.Source.Every], until ctx is done. It must be
// called before Run. Directories are watched instead of files, because files may be absent,
// and are often replaced by renaming other files over them.
func (r *Reloader) Watch(ctx context.Context) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return problem.WithHint(err, "run without --watch and send SIGHUP to reload")
	}
	var unwatched []string
	r.watch = func(files []string) {
		for _, folder := range foldersOf(files) {
			err := w.Add(folder)
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !slices.Contains(unwatched, folder) {
				unwatched = append(unwatched, folder)
				if r.o.Unwatched != nil {
					r.o.Unwatched(problem.Cause(folder, err), pollInterval)
				}
			}
		}
	}
	r.watch(r.inUse.paths())
	p := &polling{reloader: r, ctx: ctx, every: map[copyKey]poll{}}
	r.poll = p.follow
	r.poll(r.inUse)
	go func() {
		defer w.Close()
		tick := time.NewTicker(pollInterval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.Events:
			case <-w.Errors: // some events may have been lost
			case <-tick.C:
			}
			r.notifyChange()
		}
	}()
	return nil
}

// foldersOf returns the directories to watch for changes of the files: the directories
// of the files, those of the targets of symbolic links, and for a pattern those that
// match it now, together with its parent directories.
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
			matches, _ := filepath.Glob(folder) // patterns were checked with the configuration
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
