package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string { return e.signal.String() }

// interruptible is how long the program runs before it catches signals. Go starts two threads to catch
// any, which takes a fifteenth of a whole handshake on loopback; and nobody has waited yet.
const interruptible = 10 * time.Millisecond

// withSignals returns a context that the first SIGINT or SIGTERM ends; a second one ends the process. So
// does one that comes before anything could have been printed.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 1)
	timer := time.AfterFunc(interruptible, func() {
		signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
		select {
		case s := <-ch:
			signal.Stop(ch)
			cancel(signalError{s})
		case <-ctx.Done():
		}
	})
	return ctx, func() { timer.Stop(); signal.Stop(ch); cancel(nil) }
}

// interruptCode is 128 and the number of the signal, as shells have it.
func interruptCode(ctx context.Context) int {
	var s signalError
	if errors.As(context.Cause(ctx), &s) && s.signal == syscall.SIGTERM {
		return exitInterrupt - int(syscall.SIGINT) + int(syscall.SIGTERM)
	}
	return exitInterrupt
}
