// Command kith enriches security events with the assets and identities that they
// name, and adds up the risk of these entities.
//
// The package maps flags, configuration and signals to calls of the library, and
// formats the results for the user, one subcommand per file. Data goes to standard
// output, everything else to standard error. The exit codes are
//
//	0  done
//	1  failed
//	2  wrong usage or configuration
//	3  done, but --strict was given and something was lost
//
// Help and manual pages are made from the same commands and flags: addFlags puts a
// flag into a group of the help page, and TestManPages writes the manual pages.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/kithsec/kith/internal/problem"
)

func main() {
	ctx, stop := untilSignal(context.Background())
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes the command with args and returns the exit code. It uses only the
// given streams, so that tests can call it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	r := newRoot()
	r.SetArgs(append([]string{}, args...)) // cobra reads os.Args for nil
	r.SetIn(stdin)
	r.SetOut(stdout)
	r.SetErr(stderr)
	err := r.execute(ctx)
	reportError(stderr, err)
	return exitCode(err)
}

// untilSignal returns a context that is done at the first SIGINT or SIGTERM. The
// second one ends the process immediately. Writing to a closed pipe returns EPIPE
// instead of killing the process, also on standard output.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// onHangup returns a channel that receives SIGHUPs, one of which is buffered. They do not
// end the process until stop is called.
func onHangup() (hangups <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// isClosedPipe reports whether all errors that err joins are those of an output whose
// reader has gone (`kith enrich | head`). That is the end of a run, not a failure.
func isClosedPipe(err error) bool {
	for _, e := range problem.Joined(err) {
		if !errors.Is(e, syscall.EPIPE) && !errors.Is(e, io.ErrClosedPipe) {
			return false
		}
	}
	return err != nil
}
