package testpeer

import (
	"bytes"
	"context"
	"strings"
	"sync"
)

// maxLog is the most bytes that are kept of what a process prints; what comes later is dropped.
const maxLog = 1 << 20

// log keeps what a process prints and wakes those who wait for a word in it.
type log struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed, and made anew, when there is more
	ended   bool
}

func newLog() *log { return &log{changed: make(chan struct{})} }

// Write implements io.Writer.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p[:min(len(p), maxLog-l.text.Len())])
	close(l.changed)
	l.changed = make(chan struct{})
	return len(p), nil
}

// end says that nothing more will come.
func (l *log) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// line waits for a whole line that begins with the prefix, and returns the rest of it.
func (l *log) line(ctx context.Context, prefix string) (string, bool) {
	for {
		l.mu.Lock()
		text, ended, changed := l.text.String(), l.ended, l.changed
		l.mu.Unlock()
		for line := range strings.Lines(text) {
			rest, ok := strings.CutPrefix(line, prefix)
			if ok && strings.HasSuffix(line, "\n") {
				return strings.TrimRight(rest, "\r\n"), true
			}
		}
		if ended {
			return "", false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", false
		}
	}
}
