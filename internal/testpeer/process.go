package testpeer

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	// serverLimit is how long a server may run, whatever its test does.
	serverLimit = 5 * time.Minute
	// readyLimit is how long a server may take to listen.
	readyLimit = 20 * time.Second
	// clientLimit is how long a client may run.
	clientLimit = 30 * time.Second
)

// Server is a running peer.
type Server struct {
	// Addr is where it listens: a loopback address with a port.
	Addr string
	// Stdin is what it reads as typed: s_server takes its commands there.
	Stdin io.WriteCloser

	name   string
	log    *log
	cancel context.CancelFunc
	done   chan struct{}
}

// command is how a server is started.
type command struct {
	path string
	args []string
	dir  string
	// start, if set, starts the process in a certain place; nil is cmd.Start.
	start func(*exec.Cmd) error
}

// launch starts a server that is killed when the test ends.
func launch(t testing.TB, name string, c command) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), serverLimit)
	s := &Server{name: name, log: newLog(), cancel: cancel, done: make(chan struct{})}
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	cmd.Dir = c.dir
	cmd.Stdout, cmd.Stderr = s.log, s.log
	cmd.SysProcAttr = diesWithParent()
	cmd.WaitDelay = time.Second
	var err error
	if s.Stdin, err = cmd.StdinPipe(); err != nil {
		cancel()
		t.Fatal(err)
	}
	if c.start == nil {
		c.start = (*exec.Cmd).Start
	}
	if err := c.start(cmd); err != nil {
		cancel()
		t.Fatalf("starting %s: %v", name, err)
	}
	go func() {
		defer close(s.done)
		_ = cmd.Wait() // its end is our doing, or shows in the log
		s.log.end()
	}()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("%s %s said:\n%s", name, strings.Join(c.args, " "), indent(s.Log()))
		}
	})
	return s
}

// Stop kills the server and waits for its end.
func (s *Server) Stop() {
	s.cancel()
	<-s.done
}

// Log returns what the server has printed.
func (s *Server) Log() string { return s.log.String() }

// Line waits for a line of the log that begins with the prefix and returns the rest of the line. It
// fails the test if none comes.
func (s *Server) Line(t testing.TB, prefix string) string {
	t.Helper()
	rest, ok := s.SoonLine(prefix)
	if !ok {
		t.Fatalf("%s did not print %q; it said:\n%s", s.name, prefix, indent(s.Log()))
	}
	return rest
}

// SoonLine is Line for use outside of the test's goroutine: it tells whether the line came.
func (s *Server) SoonLine(prefix string) (rest string, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	return s.log.line(ctx, prefix)
}

// Result is what a client came to.
type Result struct {
	Stdout, Stderr string
	Code           int // exit code; -1 if it was killed
}

// Output is all that the client printed.
func (r Result) Output() string { return r.Stdout + r.Stderr }

// Run runs a program to its end, with that as its standard input. Only not being able to start it
// is an error of the test.
func Run(t testing.TB, stdin, program string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clientLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, Need(t, program), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	cmd.SysProcAttr = diesWithParent()
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("running %s: %v", program, err)
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// must is Run for what has to succeed.
func must(t testing.TB, program string, args ...string) string {
	t.Helper()
	r := Run(t, "", program, args...)
	if r.Code != 0 {
		t.Fatalf("%s %s: exit code %d\n%s", program, strings.Join(args, " "), r.Code, indent(r.Output()))
	}
	return r.Stdout
}

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ")
}
