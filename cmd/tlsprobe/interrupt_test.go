//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program returns the command that runs the program: the test's own binary under another name, see TestMain.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "tlsprobe")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=", "LC_CTYPE=", statusFile+"=")
	return cmd
}

func TestAnInterruptPrintsWhatIsKnown(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close() //nolint:errcheck // the test is over
			var out, errs bytes.Buffer
			cmd := program(t, "connect", l.Addr().String())
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			peer, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer peer.Close() //nolint:errcheck // the test is over
			// The ClientHello has been sent, and nothing will come back.
			if _, err := io.ReadFull(peer, make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * interruptible) // as a person does: who interrupts has waited for something
			if err := cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			err = cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != c.code {
				t.Errorf("%v, not exit code %d", err, c.code)
			}
			for _, want := range []string{"ClientHello", "\nverdict interrupted"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("stdout has no %q:\n%s", want, &out)
				}
			}
			if errs.Len() > 0 {
				t.Errorf("on stderr: %s", &errs)
			}
		})
	}
}

func TestAPipeThatIsClosedSaysNothing(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd := program(t, "demo", "-vv")
	cmd.Stdout, cmd.Stderr = w, &errs
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	err = cmd.Run()
	_ = w.Close() // it was the child's
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE {
		t.Errorf("ended with %v", err)
	}
	if errs.Len() > 0 {
		t.Errorf("on stderr: %s", &errs)
	}
}
