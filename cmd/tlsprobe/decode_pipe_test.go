package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// blocksOf cuts a little-endian pcapng into its blocks. draft-ietf-opsawg-pcapng, Section 3.1.
func blocksOf(t *testing.T, name string) (blocks [][]byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "captures", name))
	if err != nil {
		t.Fatal(err)
	}
	for len(b) >= 12 {
		n := int(binary.LittleEndian.Uint32(b[4:]))
		blocks = append(blocks, b[:n])
		b = b[n:]
	}
	return blocks
}

// lines is a writer that hands on each line when it is whole.
type lines struct {
	rest []byte
	to   chan string
}

func (l *lines) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		l.to <- string(line)
		l.rest = rest
	}
}

// until returns what comes up to a line that has the text; it fails the test if none comes.
func (l *lines) until(t *testing.T, text string) (all []string) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case line := <-l.to:
			all = append(all, line)
			if strings.Contains(line, text) {
				return all
			}
		case <-timeout:
			t.Fatalf("nothing has %q; there was:\n%s", text, strings.Join(all, "\n"))
		}
	}
}

// decodePipe runs decode - with a pipe to it.
func decodePipe(t *testing.T, args ...string) (in *io.PipeWriter, out *lines, code chan int) {
	t.Helper()
	r, w := io.Pipe()
	out = &lines{to: make(chan string, 4096)}
	var errs bytes.Buffer
	app := testApp(out, &errs)
	app.Stdin = r
	code = make(chan int, 1)
	go func() {
		code <- app.Run(t.Context(), append([]string{"decode", "-", "--roots", "bundled"}, args...))
		_ = r.Close()
	}()
	return w, out, code
}

// secondStream returns the index of the block in which the second connection of two.pcapng begins: a SYN other than the first.
func secondStream(t *testing.T, blocks [][]byte) int {
	t.Helper()
	const packet, headers, flags = 6, 28 + 14 + 20, 13
	seen := 0
	for i, b := range blocks {
		if binary.LittleEndian.Uint32(b) == packet && len(b) > headers+flags && b[headers+flags] == 0x02 {
			if seen++; seen == 2 {
				return i
			}
		}
	}
	t.Fatal("the capture has no second connection")
	return 0
}

func TestAPipeShowsAStreamWhenItEnds(t *testing.T) {
	blocks := blocksOf(t, "two.pcapng")
	at := secondStream(t, blocks)
	in, out, code := decodePipe(t)
	_, _ = in.Write(bytes.Join(blocks[:at], nil))
	out.until(t, "TLS 1.3")
	_, _ = in.Write(bytes.Join(blocks[at:], nil))
	out.until(t, "TLS 1.2")
	_ = in.Close()
	if c := <-code; c != exitOK || len(out.to) > 0 {
		t.Errorf("exit code %d, and %d lines more", c, len(out.to))
	}
}

func TestAPipeWithJSONShowsAStreamOnceThereIsAnother(t *testing.T) {
	blocks := blocksOf(t, "two.pcapng")
	at := secondStream(t, blocks)
	in, out, code := decodePipe(t, "--json")
	_, _ = in.Write(bytes.Join(blocks[:at+6], nil)) // the second's ClientHello is among them, its end is not
	if got := out.until(t, `"number":0`); len(got) != 1 || !strings.HasPrefix(got[0], `{"schema":"tlsprobe.stream/1"`) {
		t.Errorf("%.200q", got)
	}
	_ = in.Close()
	if c := <-code; c != exitOK {
		t.Errorf("exit code %d", c)
	}
}

func TestEventsOfAPipeComeAsTheyHappen(t *testing.T) {
	blocks := blocksOf(t, "two.pcapng")
	at := secondStream(t, blocks)
	for _, args := range [][]string{{"--events"}, {"--events", "--stream", "0"}} {
		in, out, code := decodePipe(t, args...)
		_, _ = in.Write(bytes.Join(blocks[:6], nil)) // up to the ClientHello
		got := out.until(t, `"kind":"client_hello"`)
		if !strings.Contains(got[0], `"kind":"connected"`) {
			t.Errorf("the first event is %s", got[0])
		}
		_, _ = in.Write(bytes.Join(blocks[6:at], nil))
		out.until(t, `"kind":"server_hello"`)
		_, _ = in.Write(bytes.Join(blocks[at:], nil))
		_ = in.Close()
		if c := <-code; c != exitOK {
			t.Errorf("exit code %d", c)
		}
		documents := 0
		for range len(out.to) {
			if strings.HasPrefix(<-out.to, `{"schema":"tlsprobe.stream/1"`) {
				documents++
			}
		}
		if want := map[int]int{1: 1, 3: 0}[len(args)]; documents != want { // the other stream, unless one was asked for
			t.Errorf("%q: %d documents of streams, not %d", args, documents, want)
		}
	}
}

// broken is a writer that nobody reads any more.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// endlessly repeats a capture.
type endlessly struct {
	blocks []byte
	rest   []byte
}

func (e *endlessly) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.blocks
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestAPipeIsNotReadOnceNobodyListens(t *testing.T) {
	app := testApp(broken{}, io.Discard)
	app.Stdin = &endlessly{blocks: bytes.Join(blocksOf(t, "two.pcapng"), nil)}
	if code := app.Run(t.Context(), []string{"decode", "-", "--roots", "bundled"}); code != exitUsage {
		t.Errorf("exit code %d", code)
	}
}
