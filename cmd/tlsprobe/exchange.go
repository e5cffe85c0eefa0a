package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/fetch"
	"github.com/tlsprobe/tlsprobe/internal/probe"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

// The bounds of what is read for --http and --send.
const (
	maxAnswer = 1 << 20
	// sendIdle is how long a silence ends the answer to --send: not every protocol closes.
	sendIdle = time.Second
	// heartbeat is how long --stdio waits for one side before it looks at the other.
	heartbeat = 200 * time.Millisecond
)

// exchange is what is said over the session, by --http, --send or --stdio.
type exchange struct {
	app     *App
	options *connectOptions
	target  dial.Target
	began   bool // there was a session to talk over
}

// install gives the probe its exchange, if there is one.
func (x *exchange) install(p *probe.Options) {
	var talk func(context.Context, *conn.Conn) error
	switch o := x.options; {
	case o.http:
		talk = x.get
	case o.given("send"):
		talk = x.sendText
	case o.stdio:
		talk, p.Unbounded = x.join, true
	default:
		return
	}
	p.Exchange = func(ctx context.Context, s *conn.Conn) error {
		x.began = true
		return talk(ctx, s)
	}
}

// get sends a GET and reads the answer; the trace shows it.
func (x *exchange) get(_ context.Context, s *conn.Conn) error {
	if _, err := io.WriteString(s, fetch.GetRequest(x.target, "tlsprobe/"+toolVersion())); err != nil {
		return fmt.Errorf("send the request: %w", err)
	}
	return drain(s, 0)
}

// sendText sends what --send says and reads until the peer closes or falls silent.
func (x *exchange) sendText(_ context.Context, s *conn.Conn) error {
	if _, err := s.Write(x.options.toSend); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return drain(s, sendIdle)
}

// drain reads an answer: to the peer's close, the limit, or a silence of idle.
func drain(s *conn.Conn, idle time.Duration) error {
	buf := make([]byte, 16<<10)
	for total := 0; total < maxAnswer; {
		n, err := s.ReadIdle(buf, idle)
		total += n
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, conn.ErrIdle):
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// join copies stdin to the session and the session to stdout until the peer closes, or stdin has ended
// and the peer has fallen silent.
func (x *exchange) join(ctx context.Context, s *conn.Conn) error {
	typed := make(chan []byte, 1)
	go x.readStdin(ctx, s, typed)
	out := x.app.Stdout
	if x.app.StdoutIsTerminal {
		out = visibleLines{out}
	}
	buf := make([]byte, 16<<10)
	heard := x.app.Now()
	for ctx.Err() == nil {
		// An interrupt may come too early for a read to notice, so none lasts for long.
		n, err := s.ReadIdle(buf, heartbeat)
		if n > 0 {
			heard = x.app.Now()
			if _, err := out.Write(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, conn.ErrIdle):
		case err != nil:
			return err
		}
		sent, ended, err := send(s, typed)
		switch {
		case err != nil:
			return err
		case sent:
			heard = x.app.Now()
		case ended && typed != nil:
			typed, heard = nil, x.app.Now()
		case typed == nil && x.app.Now().Sub(heard) >= sendIdle:
			return nil
		}
	}
	return nil
}

// readStdin hands over what is typed, and wakes the reader of the session each time.
func (x *exchange) readStdin(ctx context.Context, s *conn.Conn, typed chan<- []byte) {
	defer s.Interrupt()
	defer close(typed)
	for {
		b := make([]byte, 4096)
		n, err := x.app.Stdin.Read(b)
		if n > 0 {
			select {
			case typed <- b[:n]:
				s.Interrupt()
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// send sends what was typed, if there is something; ended says that there never will be.
func send(s *conn.Conn, typed <-chan []byte) (sent, ended bool, err error) {
	select {
	case b, ok := <-typed:
		if !ok {
			return false, true, nil
		}
		_, err = s.Write(b)
		return true, false, err
	default:
		return false, false, nil
	}
}

// visibleLines makes what a peer says harmless for a terminal; lines stay lines.
type visibleLines struct{ w io.Writer }

func (v visibleLines) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		shown := safetext.VisibleBytes(bytes.TrimSuffix(text, []byte("\r")))
		if ended {
			shown += "\n"
		}
		if _, err := io.WriteString(v.w, shown); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
