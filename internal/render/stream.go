package render

import (
	_ "embed" // the schema
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Stream is a TLS connection of a capture, for a list of them.
type Stream struct {
	Number         int // of the TCP connection in the capture, from 0
	Client, Server string
	Bytes          [2]int64     // that the client and the server sent over TCP
	Opaque         bool         // there was something that could not be opened
	OpaqueWhy      string       // what, and why, in a few words
	Trace          *trace.Trace // its events don't matter
}

//go:generate go run ../trace/schemagen -dir ../trace -document stream -o stream.schema.json

//go:embed stream.schema.json
var streamSchema []byte

// StreamSchema names the version of [StreamDocument]. What it fixes changes only with a new number.
const StreamSchema = "tlsprobe.stream/1"

// StreamSchemaJSON returns the JSON Schema (draft 2020-12) of [StreamDocument]. The caller may keep and change it.
func StreamSchemaJSON() []byte { return append([]byte(nil), streamSchema...) }

// StreamDocument is a TLS connection of a capture, in a line of the list of several. Keys that are not known are null.
type StreamDocument struct {
	Schema        string        `json:"schema"`
	Number        int           `json:"number"`  // of the TCP connection in the capture, from 0: tcp.stream of Wireshark
	Started       time.Time     `json:"started"` // time of its first packet
	Client        string        `json:"client"`  // ADDRESS:PORT
	Server        string        `json:"server"`  // ADDRESS:PORT
	SNI           *string       `json:"sni"`     // the name that the client asked for
	ALPN          *string       `json:"alpn"`
	Version       *trace.Code   `json:"version"`
	CipherSuite   *trace.Code   `json:"cipher_suite"`
	Group         *trace.Code   `json:"group"`
	Resumed       *bool         `json:"resumed"`
	Outcome       trace.Outcome `json:"outcome"`        // unknown: the capture does not tell how it ended, or whether the server is to be trusted
	Error         *trace.Error  `json:"error"`          // null unless it failed
	Opaque        bool          `json:"opaque"`         // there was something that could not be opened
	BytesSent     int64         `json:"bytes_sent"`     // by the client over TCP
	BytesReceived int64         `json:"bytes_received"` // by it, from the server
}

// NewStreamDocument makes the document of a stream.
func NewStreamDocument(s Stream) StreamDocument {
	sum := &s.Trace.Summary
	return StreamDocument{
		Schema: StreamSchema, Number: s.Number, Started: s.Trace.Started, Client: s.Client, Server: s.Server,
		SNI: sum.SNI, ALPN: sum.ALPN, Version: sum.Version, CipherSuite: sum.CipherSuite, Group: sum.Group, Resumed: sum.Resumed,
		Outcome: s.Trace.Outcome, Error: s.Trace.Error, Opaque: s.Opaque, BytesSent: s.Bytes[0], BytesReceived: s.Bytes[1],
	}
}

// outcomeStyles says how the outcome of a stream looks.
var outcomeStyles = map[trace.Outcome]style{
	trace.OK: good, trace.Untrusted: bad, trace.HandshakeFailed: bad, trace.Network: bad, trace.Unknown: dubious,
}

// part is a part of a stream's line.
type part struct {
	span
	spare int // where a line is too long, parts are left out in this order; 0 is never
}

// StreamLine writes the line of a stream: number, time, ends, what was negotiated, and how it ended. How it ended is seen at any width.
func StreamLine(w io.Writer, s Stream, o Options) error {
	c := newCanvas(w, o)
	t := s.Trace
	line := []part{
		{span{fmt.Sprintf("%4d ", s.Number), strong}, 0},
		{span{t.Started.UTC().Format("2006-01-02 "), faint}, 1}, {span{t.Started.UTC().Format("15:04:05.000"), faint}, 5},
		{plain(" " + s.Client + " →"), 3}, {plain(" " + s.Server), 7},
	}
	if sni := t.Summary.SNI; sni != nil {
		line = append(line, part{span{"  " + *sni, strong}, 8})
	}
	for i, code := range [...]*trace.Code{t.Summary.Version, t.Summary.CipherSuite, t.Summary.Group} {
		if code != nil {
			line = append(line, part{plain("  " + codeText(code)), [...]int{6, 4, 2}[i]})
		}
	}
	line = append(line, part{span{"  " + string(t.Outcome), outcomeStyles[t.Outcome]}, 0})
	spans := c.fitting(line)
	if t.Error != nil {
		spans = append(spans, plain(": "+t.Error.Message))
	} else if s.Opaque {
		spans = append(spans, span{" (" + s.OpaqueWhy + ")", faint})
	}
	c.print(spans...)
	return c.close()
}

// roomFor is how wide a terminal has to be for the parts of a stream's line that can be spared, in the order in which they are: lines of
// a list look the same unless one of them is longer than usual.
var roomFor = [...]int{1: 150, 2: 130, 3: 125, 4: 100, 5: 60, 6: 50, 7: 0, 8: 0}

// fitting leaves out parts of a line for which there is no room, until there is some for a word behind the last.
func (c *canvas) fitting(line []part) []span {
	for spare := 1; spare < len(roomFor) && c.width > 0; spare++ {
		total := 2
		for _, p := range line {
			total += safetext.Width(c.clean(p.text))
		}
		if total > c.width || c.width < roomFor[spare] {
			line = slices.DeleteFunc(line, func(p part) bool { return p.spare == spare })
		}
	}
	spans := make([]span, len(line))
	for i, p := range line {
		spans[i] = p.span
	}
	return spans
}

// captureWords says what is to be known of a stream of a capture besides TLS.
func (v *view) captureWords(e *trace.Event) string {
	who := "the server"
	if e.Dir == trace.Sent {
		who = "the client"
	}
	switch d := e.Detail.(type) {
	case *trace.Opaque:
		why := "there are no secrets for them"
		if v.lacksBytes() {
			why = "bytes before them are missing, or secrets"
		}
		return fmt.Sprintf("%s sent %s, %s, that can't be opened: %s", who, count(d.Records, "record", "records"), count(d.Bytes, "byte", "bytes"), why)
	case *trace.Segment:
		words := segmentWords[e.Kind]
		if words == "" {
			words = e.Kind
		}
		text := "capture: " + words + ", from " + who
		if d.Bytes > 0 {
			text += ", " + count(d.Bytes, "byte", "bytes")
		}
		if d.Count > 1 {
			text += ", " + count(d.Count, "time", "times")
		}
		return text
	}
	return e.Kind
}

// lacksBytes reports whether a capture lacks something of a connection. What opens one direction may have been in the other.
func (v *view) lacksBytes() bool {
	return slices.ContainsFunc(v.Events, func(e *trace.Event) bool {
		return e.Layer == trace.LayerNet && (e.Kind == "gap" || e.Kind == "cut_short")
	})
}

// segmentWords says in words what is odd about a TCP stream in a capture.
var segmentWords = map[string]string{
	"retransmission": "sent again",
	"overlap":        "sent again in part",
	"reordering":     "out of order",
	"gap":            "missing",
	"cut_short":      "cut by the snapshot length",
	"mid_stream":     "the connection is older than the capture",
	"reset":          "reset",
}
