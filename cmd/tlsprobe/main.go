// Command tlsprobe looks inside TLS handshakes. See the README for what it does and
// docs/exit-codes.md for what its exit codes mean.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"time"

	"golang.org/x/term"
)

func main() { os.Exit(start()) }

// start runs the program with the world as it is, and returns its exit code.
func start() int {
	ctx, stop := withSignals(context.Background())
	defer stop()
	app := &App{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Env: os.Getenv, Now: time.Now, Rand: rand.Reader,
		StdoutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		StderrIsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Width: func() int {
			for _, f := range []*os.File{os.Stdout, os.Stderr} {
				if w, _, err := term.GetSize(int(f.Fd())); err == nil {
					return w
				}
			}
			return 0
		},
	}
	return app.Run(ctx, os.Args[1:])
}
