//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// An interrupted audit has written what it knows: whole reports where they are gone on from, and what there is of the others in its output.
func TestAnInterruptedAuditWritesWhatIsKnown(t *testing.T) {
	former := filepath.Join(t.TempDir(), "former.jsonl")
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close() //nolint:errcheck // the test is over
		var out, errs bytes.Buffer
		cmd := program(t, "audit", "no target", silent.Addr().String(), "127.0.0.1:1", "--workers", "1", "--json", "--resume-run", former)
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		peer, err := silent.Accept() // one is known, and this one will never answer
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
		if !strings.Contains(errs.String(), "hint: the same command again goes on\n") {
			t.Errorf("stderr %q", &errs)
		}
		var run policy.Run
		if err := json.Unmarshal(out.Bytes(), &run); err != nil {
			t.Fatalf("%v: %s", err, &out)
		}
		if !run.Interrupted || len(run.Targets) != 2 || run.Targets[0].Input != "no target" || run.Targets[1].Error == nil || run.Targets[1].Error.Kind != "interrupted" {
			t.Errorf("%d targets, interrupted %v: %s", len(run.Targets), run.Interrupted, &out)
		}
		written, err := os.ReadFile(former)
		if err != nil || bytes.Count(written, []byte("\n")) != 1 {
			t.Fatalf("%v; known are\n%s", err, written)
		}
	}
}
