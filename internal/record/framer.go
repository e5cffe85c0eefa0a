package record

// Framer cuts a stream, fed in pieces of any size, into records.
//
//	f.Feed(b)
//	for {
//	    r, ok := f.Next()
//	    if !ok {
//	        break // more bytes are needed, or f.Err says why no more can come
//	    }
//	    ...
//	}
//
// A record that lies within one piece is not copied: its Raw aliases the piece that was fed. One
// that spans pieces is put together in a buffer of the Framer. Either way Raw is good until the
// next call of Feed or Next, and the piece may be reused once Next has returned false.
//
// The Framer holds at most one record, thus at most 5+65535 bytes, as long as each piece is drained
// before the next is fed; and never more than it was fed.
//
// The zero Framer is ready for use: it allows records of MaxCiphertext bytes and stops at a longer one.
type Framer struct {
	limit    int
	readOver bool
	held     []byte // the beginning of a record that spans pieces
	whole    bool   // held was handed out as a record
	in       []byte // what of the last piece isn't framed yet
	offset   int64  // in the stream, of the next record
	err      error
}

// NewFramer returns a Framer that allows records of at most limit bytes without their header
// (0: MaxCiphertext). With readOver, longer records are framed too, and carry the anomaly.
func NewFramer(limit int, readOver bool) *Framer {
	return &Framer{limit: limit, readOver: readOver}
}

// SetLimit changes the greatest length, in bytes, for the records after those already returned by
// Next; 0 stands for MaxCiphertext.
func (f *Framer) SetLimit(limit int) { f.limit = limit }

// Feed gives the Framer the next bytes of the stream. A piece that is fed before the last one is
// drained is joined to what is left of it. After an error, pieces are dropped.
func (f *Framer) Feed(piece []byte) {
	f.release()
	switch {
	case f.err != nil:
	case len(f.in) > 0:
		f.in = append(append(f.held, f.in...), piece...)
		f.held = nil
	default:
		f.in = piece
	}
}

// Next returns the next whole record, and false where there is none (yet). At a record above the
// limit, unless the Framer reads over them, it returns once a Record of the bare header that
// carries the OverLong anomaly, and Err is not nil from then on.
func (f *Framer) Next() (Record, bool) {
	f.release()
	if f.err != nil {
		return Record{}, false
	}
	if len(f.held) > 0 {
		return f.nextHeld()
	}
	if len(f.in) < HeaderLen {
		return f.hold()
	}
	h, _ := ParseHeader(f.in)
	if r, stop := f.stop(h, f.in); stop {
		return r, true
	}
	total := HeaderLen + h.Length
	if len(f.in) < total {
		return f.hold()
	}
	r := f.record(h, f.in[:total:total])
	f.in = f.in[total:]
	return r, true
}

// nextHeld completes the record whose beginning is held with bytes of the piece.
func (f *Framer) nextHeld() (Record, bool) {
	f.take(HeaderLen)
	h, err := ParseHeader(f.held)
	if err != nil {
		return Record{}, false
	}
	if r, stop := f.stop(h, f.held); stop {
		return r, true
	}
	total := HeaderLen + h.Length
	if f.take(total); len(f.held) < total {
		return Record{}, false
	}
	f.whole = true
	return f.record(h, f.held[:total:total]), true
}

// take moves bytes of the piece to those held until there are n of them, or no more.
func (f *Framer) take(n int) {
	if more := min(n-len(f.held), len(f.in)); more > 0 {
		f.held = append(f.held, f.in[:more]...)
		f.in = f.in[more:]
	}
}

// hold keeps what is left of the piece for the time the next one comes.
func (f *Framer) hold() (Record, bool) {
	f.held = append(f.held, f.in...)
	f.in = nil
	return Record{}, false
}

// release frees the buffer of a record that was put together and handed out.
func (f *Framer) release() {
	if f.whole {
		f.held, f.whole = f.held[:0], false
	}
}

// stop ends the framing at a header that says more than the limit. What follows is kept for Rest.
func (f *Framer) stop(h Header, at []byte) (Record, bool) {
	limit := f.max()
	if h.Length <= limit || f.readOver {
		return Record{}, false
	}
	f.err = &Error{Kind: TooLong, Expected: limit, Actual: h.Length}
	f.hold()
	return Record{Header: h, Offset: f.offset, Raw: at[:HeaderLen:HeaderLen], Anomalies: h.Anomalies(limit)}, true
}

func (f *Framer) record(h Header, raw []byte) Record {
	r := Record{Header: h, Offset: f.offset, Raw: raw, Anomalies: h.Anomalies(f.max())}
	f.offset += int64(len(raw))
	return r
}

func (f *Framer) max() int {
	if f.limit == 0 {
		return MaxCiphertext
	}
	return f.limit
}

// Err returns why no more records come: nil, or an *Error of kind TooLong.
func (f *Framer) Err() error { return f.err }

// Offset returns the place in the stream of the next record's first byte.
func (f *Framer) Offset() int64 { return f.offset }

// Rest returns a copy of the bytes that were fed and are not framed yet: at a change of keys, what
// came after it; at the end of the stream, a record cut short.
func (f *Framer) Rest() []byte {
	f.release()
	if len(f.held)+len(f.in) == 0 {
		return nil
	}
	return append(append(make([]byte, 0, len(f.held)+len(f.in)), f.held...), f.in...)
}

// Buffered returns how many bytes were fed and are not framed yet.
func (f *Framer) Buffered() int {
	f.release()
	return len(f.held) + len(f.in)
}

// Missing returns how many bytes at least must come before Next can return a record: at the end of
// a stream, 5 says that it ended between records, anything else that it was cut within one. After an error it is 0.
func (f *Framer) Missing() int {
	if f.release(); f.err != nil {
		return 0
	}
	start := f.held
	if len(start) == 0 {
		start = f.in
	}
	want := HeaderLen
	if h, err := ParseHeader(start); err == nil {
		want += h.Length
	}
	return max(0, want-f.Buffered())
}
