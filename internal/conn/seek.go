package conn

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// Behind bytes that a capture does not have, the records' borders have to be found again, and under keys their numbers, which go into
// nonces and MACs (RFC 8446, Section 5.3; RFC 5246, Section 6.2.3). A header is five bytes of which little is free; it is believed where
// another one follows, or where the record opens.

// seeker holds what came since bytes were missing.
type seeker struct {
	held []byte
	at   int // no record begins before
}

// gap is what is known of the records that were missed.
type gap struct {
	first uint64                   // the number of the first of them
	most  int                      // how many there can be
	later []*handshake.InstallKeys // keys behind updates that may be among them; nil: not asked for yet
}

// maxUpdates bounds how many key updates may be among the records that were missed.
const maxUpdates = 4

// leastRecord is the fewest bytes that a protected record has: a header, a content type, and the shortest tag, that of AES-CCM-8.
const leastRecord = record.HeaderLen + 1 + 8

// The work that is done to find a number grows with what was fed: so many bytes are opened on trial for each, and a few more.
const (
	trialsPerByte = 32
	trialsAnyway  = 1 << 17
)

// afford allows for trials with what was fed.
func (in *incoming) afford(n int) { in.budget += n * trialsPerByte }

// Missing says that the next n bytes of a direction will never be known. Where they lie within one record, that record is lost;
// otherwise the next one is looked for behind them.
func (f *Follower) Missing(dir trace.Dir, at time.Duration, n int) {
	f.at = at
	in := &f.in[stream(dir)]
	if in.lost {
		return
	}
	f.watch.omitted.Bytes += n
	f.engine.Hole()
	f.holes = true
	have := in.framer.Buffered()
	clear := in.watch.epoch[in.dir] == "" && !in.shut
	switch {
	case in.seek != nil:
		in.skip(n + len(in.seek.held))
		f.watch.omitted.Bytes += len(in.seek.held)
		in.widen(n + len(in.seek.held))
		in.seek = &seeker{}
		return
	case clear && dir == trace.Sent && have > record.HeaderLen:
		f.partial(in)
	case have >= record.HeaderLen && n <= in.framer.Missing() && !clear && !in.blind:
		in.holed = true
		f.stray(in)
		in.framer.Feed(make([]byte, n)) // at most a record
		f.drain(in)
		return
	}
	f.lose(in, n)
}

// lose lets go of what has come of a record, and looks for the next.
func (f *Follower) lose(in *incoming, n int) {
	rest := in.framer.Rest()
	if len(rest) >= record.HeaderLen {
		if ev := f.watch.partial(in.dir, rest); ev != nil {
			ev.Detail.(*trace.Record).Protected = in.watch.epoch[in.dir] != ""
			f.watch.report(ev, nil)
		}
		in.skip(n)
	} else {
		in.skip(n + len(rest))
		f.watch.omitted.Bytes += len(rest)
	}
	f.sniffed[in.dir], f.early[in.dir] = true, nil
	in.framer = record.NewFramer(in.limit, false)
	in.handshake = fragments{}
	in.seek = &seeker{}
	in.widen(n + len(rest))
	in.shut = in.shut || !in.keys.Apart() // the cipher has gone on by what nobody knows
	f.stray(in)
	f.carryOut()
}

// stray lists only the records of a direction whose handshake is not over: a message that comes now is not the next one. In TLS 1.3 the
// keys behind the handshake can be known all the same.
func (f *Follower) stray(in *incoming) {
	if in.shut || in.blind || f.engine.Through(half(in.dir)) {
		return
	}
	in.blind = true
	if k := f.engine.MissedHandshake(half(in.dir)); k != nil {
		in.use(k)
	}
}

// skip counts bytes of the stream that are in no record.
func (in *incoming) skip(n int) { in.watch.offset[in.dir] += n }

// widen counts the records that n bytes may have held.
func (in *incoming) widen(n int) {
	if in.gap == nil {
		in.gap = &gap{first: in.keys.Sequence()}
	}
	in.gap.most += n/leastRecord + 2
	in.unsure = true
}

// find looks for the next record in what came behind missing bytes, and goes on with it. all says that nothing more comes.
func (f *Follower) find(in *incoming, b []byte, all bool) {
	s := in.seek
	s.held = append(s.held, b...)
	found := in.begins(s, all)
	drop := s.at
	in.skip(drop)
	f.watch.omitted.Bytes += drop
	s.held, s.at = s.held[:copy(s.held, s.held[drop:])], 0
	if !found {
		return
	}
	in.seek = nil
	in.framer.Feed(s.held)
	f.drain(in)
}

// begins moves to the first place where a record may begin, and reports whether it is sure to. It waits there for what makes it sure.
func (in *incoming) begins(s *seeker, all bool) bool {
	for ; s.at+record.HeaderLen <= len(s.held); s.at++ {
		rest := s.held[s.at:]
		h, fits := in.header(rest)
		if !fits {
			continue
		}
		switch size := record.HeaderLen + h.Length; {
		case len(rest) < size+record.HeaderLen:
			if len(rest) == size && all || len(rest) >= size && in.opens(record.Record{Header: h, Raw: rest[:size:size]}) {
				return true
			}
			if !all {
				return false
			}
		default:
			if _, next := in.header(rest[size:]); next {
				return true
			}
		}
	}
	if all {
		s.at = len(s.held)
	}
	return false
}

// header reads a header and tells whether it is one that may come here.
func (in *incoming) header(b []byte) (record.Header, bool) {
	h, err := record.ParseHeader(b)
	if err != nil || len(h.Anomalies(in.limit)) > 0 || h.Length == 0 {
		return h, false
	}
	v := in.engine.Session().Version
	switch {
	case v >= iana.TLS13: // RFC 8446, Section 5.1: legacy_record_version
		return h, h.Version == iana.TLS12 && (h.Type == iana.ApplicationData || in.blind)
	case v != 0:
		return h, h.Version == v
	}
	return h, true
}

// opens reports whether a record opens, and leaves everything as it was.
func (in *incoming) opens(r record.Record) bool {
	if in.shut || in.blind || in.gap == nil || !in.keys.Apart() || in.watch.epoch[in.dir] == "" {
		return false
	}
	before := in.keys.Sequence()
	defer in.keys.SetSequence(before)
	return in.numbered(in.keys, r) || in.updates(r) > 0
}

// renumbers finds the number of the first record behind missing ones, and its key where updates are among them.
func (in *incoming) renumbers(r record.Record) bool {
	if in.numbered(in.keys, r) {
		in.gap = nil
		return true
	}
	if n := in.updates(r); n > 0 {
		k := in.gap.later[n-1]
		in.gap = nil
		in.updated(n, k)
		return true
	}
	in.gap.most++
	return false
}

// updates tells how many key updates are among the missing records, if a record opens behind so many; 0 where it does behind none
// that are tried. RFC 8446, Section 4.6.3.
func (in *incoming) updates(r record.Record) int {
	if in.gap.later == nil {
		in.gap.later = in.engine.LaterKeys(half(in.dir), maxUpdates)
	}
	for i, k := range in.gap.later {
		if k.Read == nil {
			break
		}
		k.Read.SetSequence(0)
		if in.numbered(k.Read, r) {
			return i + 1
		}
	}
	return 0
}

// numbered sets keys to the number under which they open a record, if they do under one that it may have.
func (in *incoming) numbered(keys *record.ReadState, r record.Record) bool {
	first, most := keys.Sequence(), 0
	if in.gap != nil {
		most = in.gap.most
		if keys == in.keys {
			first = in.gap.first
		}
	}
	for k := 0; k <= most; k++ {
		if in.budget -= len(r.Raw); in.budget < 0 && k > 0 {
			return false
		}
		keys.SetSequence(first + uint64(k))
		if _, err := keys.Open(nil, r); err == nil {
			keys.SetSequence(first + uint64(k))
			return true
		}
	}
	return false
}

// torn reports whether a record of a handshake behind missing bytes may begin in the middle of a message: then nothing is made of it.
func (in *incoming) torn(o record.Opened) bool {
	if !in.unsure {
		return false
	}
	in.unsure = false
	if o.Type != iana.Handshake {
		return false
	}
	for b := o.Plaintext; len(b) > 0; {
		f := fragments{bytes: b}
		n := f.announced()
		if n == 0 || n > len(b) || iana.HandshakeType(b[0]).Name() == "" {
			return true
		}
		b = b[n:]
	}
	return false
}
