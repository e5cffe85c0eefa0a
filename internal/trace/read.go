package trace

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// What can be wrong with a document; errors of [Read] wrap one of them, or are the reader's.
var (
	// ErrNotTrace: JSON of another kind, or no JSON at all.
	ErrNotTrace = errors.New("not a tlsprobe trace")
	// ErrEvents: JSON lines of events, which are no whole trace.
	ErrEvents = errors.New("events without the trace that they are of")
	// ErrNewer: a trace of a later version of the schema.
	ErrNewer = errors.New("the trace has a newer format than this program reads")
	// ErrTooLarge: more than a trace is allowed to hold.
	ErrTooLarge = errors.New("the trace is too large")
	// ErrMalformed: a trace of this version that breaks its rules.
	ErrMalformed = errors.New("malformed trace")
)

// Limits of what is read, each of a whole document: what takes two bytes in a file may take two hundred in memory.
const (
	maxDocument = 64 << 20 // bytes
	maxBuffers  = 1 << 18
	maxSpans    = 1 << 20
	maxEvents   = 1 << 18
	maxNodes    = 1 << 21
	maxFindings = 1 << 16
	maxItems    = 1 << 22 // keys and items in settings and details
)

// room is what a document that is being read may still hold.
type room struct{ buffers, spans, findings, nodes, items int }

// take takes the keys and items of raw off what is left. Commas in strings are counted, too: there are few.
func (r *room) take(raw json.RawMessage) error {
	if r.items -= 1 + bytes.Count(raw, []byte(",")); r.items < 0 {
		return fmt.Errorf("%w: more than %d items", ErrTooLarge, maxItems)
	}
	return nil
}

// document is the shape of the file. Lists whose items are larger in memory than in the file stay raw
// until they are read one by one, and counted.
type document struct {
	Schema   string          `json:"schema"`
	Tool     Tool            `json:"tool"`
	Started  time.Time       `json:"started"`
	Target   Target          `json:"target"`
	Settings json.RawMessage `json:"settings"`
	Outcome  Outcome         `json:"outcome"`
	Error    *Error          `json:"error"`
	Summary  json.RawMessage `json:"summary"`
	Buffers  json.RawMessage `json:"buffers"`
	Events   json.RawMessage `json:"events"`
}

// reader is one document being read.
type reader struct {
	values
	room
	buffers map[int]*Buffer // by their ids
}

// Read reads one document of this version. Keys that it does not know are passed over: the format
// may grow within its version. Bytes are taken as they stand; trees are read and must lie within
// their bytes. Errors wrap [ErrNotTrace], [ErrNewer], [ErrTooLarge] or [ErrMalformed]; another one
// comes from r.
func Read(r io.Reader) (*Trace, error) {
	var text bytes.Buffer
	if file, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok { // room for all of it at once
		if info, err := file.Stat(); err == nil {
			text.Grow(int(max(0, min(info.Size(), maxDocument))) + bytes.MinRead)
		}
	}
	if _, err := text.ReadFrom(io.LimitReader(r, maxDocument+1)); err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	if text.Len() > maxDocument {
		return nil, fmt.Errorf("%w: more than %d MiB", ErrTooLarge, maxDocument>>20)
	}
	return decode(text.Bytes())
}

// UnmarshalJSON reads a document that is part of something larger.
func (t *Trace) UnmarshalJSON(raw []byte) error {
	got, err := decode(raw)
	if err == nil {
		*t = *got
	}
	return err
}

func decode(raw []byte) (*Trace, error) {
	// What begins as this program writes it is read at once; all else is looked at first.
	ours := looksLikeTrace(raw)
	if !ours {
		if err := checkSchema(raw); err != nil {
			return nil, err
		}
	}
	r := &reader{values: *newValues(), room: room{maxBuffers, maxSpans, maxFindings, maxNodes, maxItems}}
	var doc document
	err := r.document(raw, &doc)
	if ours && (err != nil || doc.Schema != Schema) {
		if told := checkSchema(raw); told != nil {
			return nil, told
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return r.trace(&doc)
}

// document reads the outermost object, and holds all of the text to the rules that the reading of its parts rests on. That it is
// well-formed comes first: this bounds its depth as well.
func (r *reader) document(raw []byte, doc *document) error {
	if !json.Valid(raw) {
		return errors.New("no JSON")
	}
	if err := checkKeys(raw); err != nil {
		return err
	}
	return r.read(&scanner{b: raw}, doc)
}

// trace reads what stands raw in a document.
func (r *reader) trace(doc *document) (*Trace, error) {
	t := &Trace{
		Schema: doc.Schema, Tool: doc.Tool, Started: doc.Started.UTC(), Target: doc.Target,
		Outcome: doc.Outcome, Error: doc.Error,
	}
	if err := r.take(doc.Settings); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if !isNull(doc.Settings) {
		if err := r.read(&scanner{b: doc.Settings}, &t.Settings); err != nil {
			return nil, fmt.Errorf("%w: settings: %w", ErrMalformed, err)
		}
	}
	var err error
	if t.Summary, err = r.summary(doc.Summary); err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	if err := r.readBuffers(t, doc.Buffers); err != nil {
		return nil, err
	}
	if err := r.readEvents(t, doc.Events); err != nil {
		return nil, err
	}
	return t, nil
}

// checkSchema tells other files apart before anything else is made of them.
func checkSchema(raw []byte) error {
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		var syntax *json.SyntaxError
		switch {
		case looksLikeEvents(raw):
			return ErrEvents
		case errors.As(err, &syntax) && looksLikeTrace(raw):
			return fmt.Errorf("%w: not whole JSON at %s: %w", ErrMalformed, place(raw, syntax.Offset), err)
		}
		return fmt.Errorf("%w: %w", ErrNotTrace, err)
	}
	switch {
	case head.Schema == nil && looksLikeEvents(raw):
		return ErrEvents
	case head.Schema == nil:
		return fmt.Errorf("%w: no key schema", ErrNotTrace)
	}
	if *head.Schema == Schema {
		return nil
	}
	family, _, _ := strings.Cut(Schema, "/")
	name, version, _ := strings.Cut(*head.Schema, "/")
	n, err := strconv.Atoi(version)
	switch {
	case name != family || err != nil || n < 1:
		return fmt.Errorf("%w: its schema is %.64q", ErrNotTrace, *head.Schema)
	default:
		return fmt.Errorf("%w: %s/%d, and %s is known here", ErrNewer, name, n, Schema)
	}
}

// looksLikeTrace reports whether broken JSON began as a trace that this program wrote.
func looksLikeTrace(raw []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte(`{"schema":"`+Schema+`"`))
}

// looksLikeEvents reports whether this is what --events prints, be it a line or many.
func looksLikeEvents(raw []byte) bool {
	return bytes.HasPrefix(raw, []byte(`{"n":`)) || bytes.HasPrefix(raw, []byte(`{"buffer":`))
}

// place says where in a file something is: by its line, too, where there is more than one.
func place(raw []byte, offset int64) string {
	before := raw[:max(0, min(offset, int64(len(raw))))]
	if n := bytes.Count(before, []byte("\n")); n > 0 {
		return fmt.Sprintf("byte %d, in line %d", offset, n+1)
	}
	return fmt.Sprintf("byte %d", offset)
}

func (r *reader) summary(raw json.RawMessage) (Summary, error) {
	if isNull(raw) {
		return Summary{}, fmt.Errorf("%w: missing", ErrMalformed)
	}
	var sum Summary
	var checks, certificates json.RawMessage
	s := scanner{b: raw}
	err := s.object(func(key []byte) error {
		switch string(folded(key)) {
		case "checks":
			checks = s.skip()
		case "certificates":
			certificates = s.skip()
		default:
			return r.field(&s, reflect.ValueOf(&sum).Elem(), key)
		}
		return nil
	})
	if err != nil {
		return Summary{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if sum.Checks, err = readList[finding.Finding](&r.values, checks, &r.findings); err != nil {
		return Summary{}, fmt.Errorf("checks: %w", err)
	}
	if sum.Certificates, err = readList[Certificate](&r.values, certificates, &r.findings); err != nil {
		return Summary{}, fmt.Errorf("certificates: %w", err)
	}
	return sum, nil
}

// readList reads the items of a list one by one and takes them off what is left, so that a list of more items than that costs no
// more. A list that is null or missing is nil.
func readList[T any](r *values, raw json.RawMessage, left *int) ([]T, error) {
	if isNull(raw) {
		return nil, nil
	}
	list := []T{}
	s := scanner{b: raw}
	err := s.array(func() error {
		if *left--; *left < 0 {
			return fmt.Errorf("%w: more items than there may be, from %d on", ErrTooLarge, len(list))
		}
		list = append(list, *new(T))
		if err := r.read(&s, &list[len(list)-1]); err != nil {
			return fmt.Errorf("%w: item %d: %w", ErrMalformed, len(list)-1, err)
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrMalformed) {
		err = fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return list, err
}

// bufferDocument is the shape of a buffer in the file.
type bufferDocument struct {
	ID    *int            `json:"id"`
	Kind  BufferKind      `json:"kind"`
	From  json.RawMessage `json:"from"`
	Bytes json.RawMessage `json:"bytes"`
}

// readBuffers reads the buffers. Each comes from buffers that stand before it, within their bytes: no walk down to the stream
// can run in circles.
func (r *reader) readBuffers(t *Trace, raw json.RawMessage) error {
	read, err := readList[bufferDocument](&r.values, raw, &r.room.buffers)
	if err != nil {
		return fmt.Errorf("buffers: %w", err)
	}
	t.Buffers = make([]*Buffer, 0, len(read))
	r.buffers = make(map[int]*Buffer, len(read))
	for i := range read {
		if read[i].ID == nil {
			return fmt.Errorf("%w: buffers: item %d: no id", ErrMalformed, i)
		}
		buf, err := r.buffer(&read[i])
		if err != nil {
			return err
		}
		r.buffers[buf.ID] = buf
		t.Buffers = append(t.Buffers, buf)
	}
	return nil
}

func (r *reader) buffer(d *bufferDocument) (*Buffer, error) {
	buf := &Buffer{ID: *d.ID, Kind: d.Kind}
	if r.buffers[buf.ID] != nil {
		return nil, fmt.Errorf("%w: two buffers have the id %d", ErrMalformed, buf.ID)
	}
	var err error
	if buf.From, err = readList[Span](&r.values, d.From, &r.spans); err != nil {
		return nil, fmt.Errorf("buffer %d: %w", buf.ID, err)
	}
	for _, s := range buf.From {
		if err := s.check(r.buffers); err != nil {
			return nil, fmt.Errorf("%w: buffer %d: %w", ErrMalformed, buf.ID, err)
		}
	}
	if buf.Bytes, err = readBytes(d.Bytes); err != nil {
		return nil, fmt.Errorf("%w: buffer %d: bytes: %w", ErrMalformed, buf.ID, err)
	}
	return buf, nil
}

// readBytes reads base64, nil for null.
func readBytes(raw json.RawMessage) ([]byte, error) {
	if isNull(raw) {
		return nil, nil
	}
	text := []byte(raw)[min(1, len(raw)):max(0, len(raw)-1)]
	if raw[0] != '"' || bytes.IndexByte(text, '\\') >= 0 { // escapes in base64 are nobody's, but legal
		s := scanner{b: raw}
		plain, err := s.text()
		if err != nil {
			return nil, err
		}
		text = []byte(plain)
	}
	read := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(read, text)
	return read[:n], err
}

// check holds a span to the bytes it is in. Those of a stream are not kept, so that it has no end
// that could be known here.
func (s Span) check(byID map[int]*Buffer) error {
	buf := byID[s.Buf]
	switch {
	case buf == nil:
		return fmt.Errorf("it comes from buffer %d, which does not stand before it", s.Buf)
	case s.Off < 0 || s.Len < 0 || s.Len > math.MaxInt-s.Off:
		return fmt.Errorf("%d bytes at %d are no range", s.Len, s.Off)
	case buf.Bytes != nil && s.Off+s.Len > len(buf.Bytes):
		return fmt.Errorf("%d bytes at %d are not in buffer %d, which has %d", s.Len, s.Off, s.Buf, len(buf.Bytes))
	}
	return nil
}
