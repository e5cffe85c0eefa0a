// Package trace is what one look at a TLS connection yields: a header and an ordered list of events
// over the bytes that passed. Renderers, diff, audit and the file format see only this; a live
// connection and a capture end in the same type.
package trace

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// Schema names the version of the document. What it fixes changes only with a new number.
const Schema = "tlsprobe.trace/1"

// Trace is the whole document.
type Trace struct {
	Schema   string    `json:"schema"`
	Tool     Tool      `json:"tool"`
	Started  time.Time `json:"started"`
	Target   Target    `json:"target"`
	Settings Settings  `json:"settings"`
	Outcome  Outcome   `json:"outcome"`
	Error    *Error    `json:"error"`
	Summary  Summary   `json:"summary"`
	Buffers  []*Buffer `json:"buffers"`
	Events   []*Event  `json:"events"`
}

// Tool says what made the document.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Target is what was asked for.
type Target struct {
	Input string `json:"input"` // as given
	Host  string `json:"host"`  // A-label or address
	Port  uint16 `json:"port"`
}

// Settings is how the probe was made: enough to make it again.
type Settings struct {
	Args []string `json:"args"` // flags of connect that differ from the defaults
}

// Outcome is how it ended, in a word of the closed set of docs/exit-codes.md.
type Outcome string

// The outcomes.
const (
	OK              Outcome = "ok"
	Untrusted       Outcome = "untrusted"
	Network         Outcome = "network"
	HandshakeFailed Outcome = "handshake_failed"
	Interrupted     Outcome = "interrupted"
	Internal        Outcome = "internal"
	// Unknown: of a capture, which doesn't tell how it ended, or whether the server is to be trusted; and of a connection that
	// was given up on purpose, once it had shown what was asked.
	Unknown Outcome = "unknown"
)

// Error says what ended it when the outcome is not one of a finished handshake.
type Error struct {
	Kind    string `json:"kind"`    // of the closed set of docs/exit-codes.md
	Message string `json:"message"` // may hold peer text
	Hint    string `json:"hint"`    // what to try
	Event   int    `json:"event"`   // the event that shows it, 0 for none
}

// Dir is who sent what an event is about.
type Dir string

// The directions.
const (
	Sent     Dir = "sent"
	Received Dir = "received"
	None     Dir = "none"
)

// Layer is where an event belongs.
type Layer string

// The layers.
const (
	LayerNet      Layer = "net"
	LayerStartTLS Layer = "starttls"
	LayerRecord   Layer = "record"
	LayerMessage  Layer = "message"
	LayerKey      Layer = "key"
	LayerState    Layer = "state"
	LayerCheck    Layer = "check"
	LayerData     Layer = "data"
	LayerAlert    Layer = "alert"
)

// Event is one thing that happened.
type Event struct {
	N        int               // from 1
	T        time.Duration     // since the start, an [Instant]
	Dir      Dir               //
	Layer    Layer             //
	Kind     string            // "server_hello", "tcp_connect", …
	Buf      *Buffer           // the bytes it is about; nil for none
	Context  *Context          // what the layout of a message depended on
	Tree     *wire.Tree        // offsets relative to Buf; nil for none
	Findings []finding.Finding //
	Detail   Detail            // what the layer knows besides; nil for none
}

// Instant is a time as an event has it: in whole microseconds and never before the start, as the document writes it, so that what
// is computed from it is the same live and in a trace that was read.
func Instant(d time.Duration) time.Duration { return max(d.Truncate(time.Microsecond), 0) }

// Context is what the layout of a message depended on, so that its tree can be made again.
type Context struct {
	Version     *Code `json:"version"`
	CipherSuite *Code `json:"cipher_suite"`
	Occurrence  int   `json:"occurrence"`
}

// BufferKind says what the bytes of a buffer are.
type BufferKind string

// The kinds of buffers. A stream's bytes are those of its records one after the other and not kept twice.
const (
	BufferStream    BufferKind = "stream"
	BufferRecord    BufferKind = "record"
	BufferPlaintext BufferKind = "plaintext"
	BufferMessage   BufferKind = "message"
)

// Buffer is a run of bytes and where they came from.
type Buffer struct {
	ID    int        `json:"id"`
	Kind  BufferKind `json:"kind"`
	From  []Span     `json:"from"`
	Bytes []byte     `json:"bytes"`
}

// Span is a part of a buffer.
type Span struct {
	Buf int `json:"buf"`
	Off int `json:"off"`
	Len int `json:"len"`
}

// Code is a registered value as every document shows it. An unknown one has an empty name.
type Code struct {
	Name   string `json:"name"`
	Value  uint64 `json:"value"`
	GREASE bool   `json:"grease,omitempty"`
}

// CodeOf returns the code of a registered value.
func CodeOf[T interface {
	~uint8 | ~uint16
	wire.CodePoint
}](v T) *Code {
	return &Code{Name: v.Name(), Value: uint64(v), GREASE: v.IsGREASE()}
}

// Observer is told of every event when it happens. It may keep what it is given and must not change it.
type Observer interface {
	// Buffer comes before the first event that names it.
	Buffer(*Buffer)
	Event(*Event)
}

// Recorder is the observer that keeps everything.
type Recorder struct {
	Buffers []*Buffer
	Events  []*Event
}

// Buffer implements Observer.
func (r *Recorder) Buffer(b *Buffer) { r.Buffers = append(r.Buffers, b) }

// Event implements Observer.
func (r *Recorder) Event(e *Event) { r.Events = append(r.Events, e) }
