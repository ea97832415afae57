//go:build !windows

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// onRotate returns a channel that receives SIGUSR1s, one of which is buffered: requests to
// reopen the outputs. They do not end the process until stop is called.
func onRotate() (requests <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	return c, func() { signal.Stop(c) }
}
