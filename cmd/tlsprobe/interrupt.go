package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string { return e.signal.String() }

// withSignals returns a context that the first SIGINT or SIGTERM ends; a second one ends the process.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 1)
	go func() {
		signal.Notify(ch, os.Interrupt, syscall.SIGTERM) // starts a thread: beside us, not before us
		select {
		case s := <-ch:
			signal.Stop(ch)
			cancel(signalError{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(ch); cancel(nil) }
}

// interruptCode is 128 and the number of the signal, as shells have it.
func interruptCode(ctx context.Context) int {
	var s signalError
	if errors.As(context.Cause(ctx), &s) && s.signal == syscall.SIGTERM {
		return exitInterrupt - int(syscall.SIGINT) + int(syscall.SIGTERM)
	}
	return exitInterrupt
}
