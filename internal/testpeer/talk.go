package testpeer

import (
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Step is what is said to a program once it has printed something, behind what the step before has waited for.
type Step struct{ Until, Say string }

// Talk runs a program to its end, takes the steps on its standard input and closes that. It returns all that was printed. A program
// that never prints what a step waits for fails the test.
func Talk(t testing.TB, steps []Step, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clientLimit)
	defer cancel()
	said := newLog()
	cmd := exec.CommandContext(ctx, Need(t, program), args...)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = diesWithParent()
	cmd.WaitDelay = time.Second
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("running %s: %v", program, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // how it ended shows in what it printed
		said.end()
	}()
	from := 0
	for _, s := range steps {
		var ok bool
		if from, ok = said.behind(ctx, from, s.Until); !ok {
			cancel()
			<-ended
			t.Fatalf("%s %s did not print %q; it said:\n%s", program, strings.Join(args, " "), s.Until, indent(said.String()))
		}
		_, _ = io.WriteString(stdin, s.Say) // who has gone says so in what the next step waits for
	}
	_ = stdin.Close()
	<-ended
	return said.String()
}

// behind waits for a text behind a place, and returns the place behind it.
func (l *log) behind(ctx context.Context, from int, text string) (int, bool) {
	for {
		l.mu.Lock()
		all, ended, changed := l.text.String(), l.ended, l.changed
		l.mu.Unlock()
		if i := strings.Index(all[from:], text); i >= 0 {
			return from + i + len(text), true
		}
		if ended {
			return from, false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return from, false
		}
	}
}
