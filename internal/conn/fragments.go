package conn

import "github.com/tlsprobe/tlsprobe/internal/trace"

// fragments is handshake bytes on their way to whole messages, with where each run came from.
type fragments struct {
	bytes []byte
	from  []trace.Span
}

func (f *fragments) len() int { return len(f.bytes) }

// add appends a run of bytes; buf is where it lies, nil when nobody observes.
func (f *fragments) add(b []byte, buf *trace.Buffer, off int) {
	f.bytes = append(f.bytes, b...)
	if buf != nil && len(b) > 0 {
		f.from = append(f.from, trace.Span{Buf: buf.ID, Off: off, Len: len(b)})
	}
}

// announced returns the length of the message that the first bytes begin, header included; 0 while
// the header is not whole.
func (f *fragments) announced() int {
	if len(f.bytes) < 4 {
		return 0
	}
	return 4 + (int(f.bytes[1])<<16 | int(f.bytes[2])<<8 | int(f.bytes[3]))
}

// take cuts off the first n bytes, in memory of their own, with where they came from.
func (f *fragments) take(n int) ([]byte, []trace.Span) {
	raw := make([]byte, n)
	copy(raw, f.bytes)
	f.bytes = f.bytes[:copy(f.bytes, f.bytes[n:])]
	var spans []trace.Span
	for n > 0 && len(f.from) > 0 {
		s := f.from[0]
		if s.Len > n {
			spans = append(spans, trace.Span{Buf: s.Buf, Off: s.Off, Len: n})
			f.from[0].Off += n
			f.from[0].Len -= n
			break
		}
		spans = append(spans, s)
		n -= s.Len
		f.from = f.from[1:]
	}
	return raw, spans
}
