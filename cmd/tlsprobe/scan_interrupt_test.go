//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An interrupted scan has written what it knows, says how to go on, and goes on from there.
func TestAnInterruptedScanGoesOnWhereItStopped(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() //nolint:errcheck // the test is over
	dir := t.TempDir()
	list, results := filepath.Join(dir, "list"), filepath.Join(dir, "results")
	if err := os.WriteFile(list, fmt.Appendf(nil, "a a\nb b\n%s\nc c\n", silent.Addr()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		var out, errs bytes.Buffer
		cmd := program(t, "scan", "-f", list, "--resume", results, "--workers", "1", "--timeout", "0")
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		peer, err := silent.Accept() // two are known, and the third will never answer
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * interruptible)
		if err := cmd.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		err = cmd.Wait()
		_ = peer.Close()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != c.code {
			t.Errorf("%v, not exit code %d", err, c.code)
		}
		if !strings.Contains(errs.String(), "hint: the same command again goes on\n") || out.Len() > 0 {
			t.Errorf("stdout %q, stderr %q", &out, &errs)
		}
		written, err := os.ReadFile(results)
		if err != nil || bytes.Count(written, []byte("\n")) != 2 {
			t.Fatalf("%v; known are\n%s", err, written)
		}
	}
	go func() { // now it answers, with nothing
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	var errs bytes.Buffer
	cmd := program(t, "scan", "-f", list, "--resume", results, "--timeout", "0")
	cmd.Stderr = &errs
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != exitIncomplete || !strings.Contains(errs.String(), "of 2 targets: 1 not reached") {
		t.Errorf("%v, stderr %q", err, &errs)
	}
	written, err := os.ReadFile(results)
	if err != nil || bytes.Count(written, []byte("\n")) != 4 {
		t.Errorf("%v; known are\n%s", err, written)
	}
}

func TestAScanWhoseReaderIsGoneSaysNothing(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd := program(t, "scan", "a a", "b b")
	cmd.Stdout, cmd.Stderr = w, &errs
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	err = cmd.Run()
	_ = w.Close() // it was the child's
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE || errs.Len() > 0 {
		t.Errorf("ended with %v, and said %s", err, &errs)
	}
}
