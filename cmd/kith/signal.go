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

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. A
// second one ends the process at once, as without Kith's handling, so that
// nobody has to reach for SIGKILL. Writing to a closed pipe gives EPIPE
// instead of killing the process, even on standard output.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// onHangup returns where SIGHUPs arrive, which end the process no more until
// stop is called. One is remembered while nobody listens.
func onHangup() (hangups <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// isClosedPipe reports whether err says that nobody reads the output any more
// (`kith enrich | head`) and nothing else, which is an end, not a failure.
func isClosedPipe(err error) bool {
	for _, e := range problem.Joined(err) {
		if !errors.Is(e, syscall.EPIPE) && !errors.Is(e, io.ErrClosedPipe) {
			return false
		}
	}
	return err != nil
}
