package trace

import (
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// piece is how many bytes of a document are held before they are written: a trace of many megabytes
// takes no second copy of them.
const piece = 32 << 10

// Write writes the document to w, followed by a line feed. What it writes is valid JSON and can be
// printed to a terminal whatever the peer sent.
func Write(w io.Writer, t *Trace) error {
	var failed error
	b := t.append(make([]byte, 0, 2*piece), func(b []byte) []byte {
		if len(b) < piece || failed != nil {
			return b
		}
		last := len(b) - 1 // stays: what comes next looks at it for its comma
		_, failed = w.Write(b[:last])
		return append(b[:0], b[last])
	})
	if failed == nil {
		_, failed = w.Write(append(b, '\n'))
	}
	if failed != nil {
		return fmt.Errorf("write the trace: %w", failed)
	}
	return nil
}

// Append appends the document.
func (t *Trace) Append(b []byte) []byte { return t.append(b, func(b []byte) []byte { return b }) }

// append appends the document; between its parts, flush may take away all of it but the last byte.
func (t *Trace) append(b []byte, flush func([]byte) []byte) []byte {
	b = append(b, '{')
	b = appendStringKey(b, "schema", Schema)
	b = t.appendHeader(b)
	b = t.Summary.appendJSON(appendKey(b, "summary"))
	b = append(appendKey(b, "buffers"), '[')
	for _, buf := range t.Buffers {
		b = flush(buf.Append(appendComma(b)))
	}
	b = append(appendKey(append(b, ']'), "events"), '[')
	for _, e := range t.Events {
		b = flush(e.Append(appendComma(b)))
	}
	return append(b, "]}"...)
}

func (t *Trace) appendHeader(b []byte) []byte {
	b = append(appendKey(b, "tool"), '{')
	b = appendStringKey(b, "name", t.Tool.Name)
	b = appendStringKey(b, "version", t.Tool.Version)
	b = append(appendKey(append(b, '}'), "started"), '"')
	b = t.Started.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	b = append(appendKey(b, "target"), '{')
	b = appendStringKey(b, "input", t.Target.Input)
	b = appendStringKey(b, "host", t.Target.Host)
	b = appendInt(b, "port", int(t.Target.Port))
	b = append(appendKey(append(b, '}'), "settings"), '{')
	b = append(appendStrings(b, "args", t.Settings.Args), '}')
	b = appendStringKey(b, "outcome", string(t.Outcome))
	b = appendKey(b, "error")
	if t.Error == nil {
		return appendNull(b)
	}
	b = append(b, '{')
	b = appendStringKey(b, "kind", t.Error.Kind)
	b = appendStringKey(b, "message", t.Error.Message)
	b = appendStringKey(b, "hint", t.Error.Hint)
	return append(appendInt(b, "event", t.Error.Event), '}')
}

// MarshalJSON returns the document, for where a trace is part of something larger.
func (t *Trace) MarshalJSON() ([]byte, error) {
	return t.Append(make([]byte, 0, 2*piece)), nil
}

// Append appends the buffer as an object of the document's list "buffers".
func (buf *Buffer) Append(b []byte) []byte {
	b = appendInt(append(b, '{'), "id", buf.ID)
	b = appendStringKey(b, "kind", string(buf.Kind))
	b = append(appendKey(b, "from"), '[')
	for _, s := range buf.From {
		b = appendInt(append(appendComma(b), '{'), "buf", s.Buf)
		b = appendInt(b, "off", s.Off)
		b = append(appendInt(b, "len", s.Len), '}')
	}
	b = appendKey(append(b, ']'), "bytes")
	if buf.Bytes == nil {
		return append(appendNull(b), '}')
	}
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, buf.Bytes)
	return append(b, `"}`...)
}

// Append appends the event as an object of the document's list "events". Without a line feed: the
// object itself holds none, so that it is a line of JSON Lines.
func (e *Event) Append(b []byte) []byte {
	b = appendInt(append(b, '{'), "n", e.N)
	b = appendDuration(b, "t_ms", e.T)
	b = appendStringKey(b, "dir", string(e.Dir))
	b = appendStringKey(b, "layer", string(e.Layer))
	b = appendStringKey(b, "kind", e.Kind)
	b = appendKey(b, "buf")
	var bytes []byte
	if e.Buf == nil {
		b = appendNull(b)
	} else {
		bytes = e.Buf.Bytes
		b = strconv.AppendInt(b, int64(e.Buf.ID), 10)
	}
	if e.Context != nil {
		b = append(appendKey(b, "context"), '{')
		b = appendCode(b, "version", e.Context.Version)
		b = appendCode(b, "cipher_suite", e.Context.CipherSuite)
		b = append(appendInt(b, "occurrence", e.Context.Occurrence), '}')
	}
	b = appendTree(b, e.Tree, bytes)
	b = appendFindings(b, "findings", e.Findings)
	if e.Detail != nil {
		b = append(appendKey(b, "detail"), '{')
		b = append(e.Detail.appendKeys(b), '}')
	}
	return append(b, '}')
}

// MarshalJSON returns the event as it stands in the document.
func (e *Event) MarshalJSON() ([]byte, error) { return e.Append(make([]byte, 0, 1024)), nil }

func appendFindings(b []byte, key string, list []finding.Finding) []byte {
	b = append(appendKey(b, key), '[')
	for i := range list {
		b = appendFinding(appendComma(b), &list[i])
	}
	return append(b, ']')
}

func appendFinding(b []byte, f *finding.Finding) []byte {
	b = appendStringKey(append(b, '{'), "id", f.ID)
	b = appendStringKey(b, "status", f.Status.String())
	if b = appendKey(b, "severity"); f.Severity == finding.None {
		b = appendNull(b)
	} else {
		b = appendString(b, f.Severity.String())
	}
	b = appendStringKey(b, "message", f.Message)
	b = appendStringKey(b, "expected", f.Expected)
	b = appendStringKey(b, "actual", f.Actual)
	b = append(appendKey(b, "where"), '{')
	if f.Where.Event != 0 {
		b = appendInt(b, "event", f.Where.Event)
	}
	b = appendStringIf(b, "path", f.Where.Path)
	if c := f.Where.Cert; c != nil {
		b = appendInt(append(appendKey(b, "cert"), '{'), "index", c.Index)
		b = append(appendStringKey(b, "sha256", c.SHA256), '}')
	}
	b = appendStringKey(append(b, '}'), "ref", f.Ref)
	return append(appendStringKey(b, "fix", f.Fix), '}')
}

// EventWriter is the [Observer] that writes events as JSON lines while they happen: each line is
// what stands in the document's list "events".
type EventWriter struct {
	W io.Writer
	// Buffers asks for a line {"buffer":{…}} before the first event that names a buffer.
	Buffers bool

	line []byte
	err  error
}

// Buffer implements Observer.
func (w *EventWriter) Buffer(buf *Buffer) {
	if w.Buffers {
		w.write(append(buf.Append(append(w.line[:0], `{"buffer":`...)), '}'))
	}
}

// Event implements Observer.
func (w *EventWriter) Event(e *Event) { w.write(e.Append(w.line[:0])) }

// Err returns the first error of the writer; nothing was written after it.
func (w *EventWriter) Err() error { return w.err }

func (w *EventWriter) write(line []byte) {
	w.line = append(line, '\n')
	if w.err == nil {
		if _, err := w.W.Write(w.line); err != nil {
			w.err = fmt.Errorf("write an event: %w", err)
		}
	}
}
