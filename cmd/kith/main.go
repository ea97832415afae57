// Command kith tells a stream of security events who and what each event
// touched.
//
// This folder turns flags, configuration and signals into calls of the
// packages above it, and what they answer into words for the user; one
// subcommand a file. Data goes to standard output, everything else to standard
// error. The exit codes are
//
//	0  done
//	1  failed
//	2  wrong usage or configuration
//	3  done, but --strict was given and something was lost
package main

import (
	"context"
	"io"
	"os"
)

func main() {
	ctx, stop := untilSignal(context.Background())
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole command: it does what args say and returns the exit code.
// It touches the process's own streams nowhere, so that tests may call it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	r := newRoot()
	r.SetArgs(append([]string{}, args...)) // cobra reads os.Args for nil
	r.SetIn(stdin)
	r.SetOut(stdout)
	r.SetErr(stderr)
	err := r.execute(ctx)
	report(stderr, err)
	return exitCode(err)
}
