package conn

import (
	"errors"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// incoming is one direction as it is read: bytes become records, records content, and content the engine's input. A connection
// has one; a follower has two.
type incoming struct {
	engine *handshake.Engine
	watch  *watch
	limits Limits
	dir    int // streamSent or streamReceived

	framer    *record.Framer
	keys      *record.ReadState
	handshake fragments                   // handshake bytes that are no whole message yet
	empties   int                         // empty records in a row
	useless   int                         // messages in a row that brought nothing
	proven    bool                        // a record has shown that the peer has keys
	data      func([]byte, *trace.Buffer) // takes application data

	// Of a follower alone:
	sealed func(record.Record, *trace.Event) // takes what can't be opened
	shut   bool                              // there are no keys: sealed takes what is protected
	or     []*handshake.InstallKeys          // keys that may be in force instead
	unseen func()                            // is told that the handshake has ended unseen
	// updated is told that so many key updates were missed, and the keys behind them.
	updated func(n int, k *handshake.InstallKeys)
	holed   bool    // the next record has bytes that nobody knows
	seek    *seeker // looks for the next record behind missing bytes
	gap     *gap    // the number of the next record is not known since then
	blind   bool    // records are listed only: what is before them is missing
	veiled  bool    // what follows is protected, and nobody follows the handshake
	unsure  bool    // the next record may begin in the middle of a message
	limit   int     // of records
	budget  int     // bytes that may still be opened on trial
	lost    bool    // nothing behind here can be made out
}

// remainder shows the beginnings of a message and of a record that never came whole.
func (in *incoming) remainder() {
	if !in.watch.on {
		return
	}
	if n := in.handshake.announced(); in.handshake.len() > 0 {
		have, spans := in.handshake.take(in.handshake.len())
		ev := in.watch.cut(in.dir, have, spans)
		in.watch.truncated(ev, "", max(n, message.HeaderLen), len(have))
	}
	if rest := in.framer.Rest(); len(rest) > 0 && in.framer.Missing() > 0 {
		want := len(rest) + in.framer.Missing()
		ev := in.watch.partial(in.dir, rest)
		in.framer = record.NewFramer(0, false) // it is shown once
		in.watch.truncated(ev, "record", want, len(rest))
	}
}

// fromBuffered feeds the engine one input out of what has been read already, if there is one.
func (in *incoming) fromBuffered() bool {
	if in.lost {
		return false
	}
	if in.fromFragments() {
		return true
	}
	r, ok := in.framer.Next()
	if !ok {
		if err := in.framer.Err(); err != nil {
			in.lost = in.follows()
			in.engine.Broken(finding.RecordTooLong, in.watch.lastRecord, fmt.Sprintf("at most %d bytes", record.MaxCiphertext), err.Error(), true)
			return true
		}
		return false
	}
	in.record(r)
	return true
}

// fromFragments feeds the engine the next whole handshake message.
func (in *incoming) fromFragments() bool {
	n := in.handshake.announced()
	if n == 0 {
		return false
	}
	if n > in.limits.Message {
		in.cut(finding.MessageTooLong, fmt.Sprintf("at most %d bytes", in.limits.Message), fmt.Sprintf("%d bytes", n))
		return true
	}
	if in.handshake.len() < n {
		return false
	}
	raw, spans := in.handshake.take(n)
	in.feed(func() { in.message(raw, in.watch.message(raw, spans)) })
	return true
}

// cut ends the handshake over the beginning of a message that is not put together.
func (in *incoming) cut(id finding.ID, expected, actual string) {
	have, spans := in.handshake.take(in.handshake.len())
	ev := in.watch.cut(in.dir, have, spans)
	in.engine.Broken(id, ev, expected, actual, true)
	in.watch.report(ev, nil)
	in.lost = in.follows()
}

// feed gives the engine an input, and counts the inputs in a row that brought nothing: a peer can send such for ever.
func (in *incoming) feed(input func()) {
	before := in.engine.Waiting()
	input()
	if in.follows() {
		return // it is bounded by the capture
	}
	if in.engine.Waiting() != before {
		in.useless = 0
		return
	}
	if in.useless++; in.useless > in.limits.Useless {
		in.engine.TooMany(finding.TooManyUseless, fmt.Sprintf("at most %d in a row", in.limits.Useless), "one more")
	}
}

// record opens a record and feeds what is inside.
func (in *incoming) record(r record.Record) {
	ev := in.watch.received(in.dir, r)
	if !in.checkHeader(r, ev) {
		in.watch.report(ev, nil)
		in.lost = in.follows()
		return
	}
	if in.isSealed(r) {
		in.sealed(r, ev)
		return
	}
	if in.blind {
		in.watch.report(ev, nil)
		return
	}
	o, err := in.open(r, ev == nil)
	if err != nil && len(in.or) > 0 {
		in.sealed(r, ev)
		return
	}
	in.watch.inside(in.dir, ev, &o, err)
	if in.checkOpened(err, o, ev) {
		in.watch.report(ev, nil)
		in.shut = in.follows()
		return
	}
	// The event is complete only now: observers see it once.
	buf, off := in.watch.content(ev, &o)
	usable := in.checkContent(o, ev)
	in.watch.report(ev, nil)
	if usable && !in.torn(o) {
		in.dispatch(o, buf, off)
	}
}

// open removes a record's protection. What an observer keeps is opened into memory of its own.
func (in *incoming) open(r record.Record, inPlace bool) (record.Opened, error) {
	if inPlace && len(in.or) == 0 && in.watch.epoch[in.dir] != handshake.EpochEarly {
		return in.keys.OpenInPlace(r)
	}
	o, err := in.keys.Open(nil, r)
	switch {
	case !in.follows():
	case err != nil:
		return in.openOtherwise(r, o, err)
	case !o.Unprotected && in.watch.epoch[in.dir] != handshake.EpochEarly:
		in.or = nil // these are the ones
	}
	return o, err
}

// checkHeader reports what is odd about a header; it returns false when there is no going on.
func (in *incoming) checkHeader(r record.Record, ev *trace.Event) bool {
	for _, a := range r.Anomalies {
		switch a.Kind {
		case record.OverLong:
			in.engine.Broken(finding.RecordTooLong, ev, fmt.Sprintf("at most %d bytes", a.Limit), fmt.Sprintf("%d bytes", a.Actual), true)
			return false
		case record.UnknownType:
			in.engine.Broken(finding.RecordUnknownType, ev, "20 to 24", fmt.Sprint(a.Actual), true)
			return false
		case record.OddVersion:
			if in.engine.Session().Version >= iana.TLS13 {
				continue // RFC 8446, Section 5.1: it must be ignored
			}
			in.engine.Broken(finding.RecordVersion, ev, "0x0300 to 0x0303", fmt.Sprintf("0x%04x", a.Actual), false)
		}
	}
	return true
}

// openErrors says which rule an error of opening breaks, what would have been right, and whether there is nothing to go on with.
var openErrors = [...]struct {
	kind     record.Kind
	rule     finding.ID
	expected string
	fatal    bool
}{
	{record.TooLong, finding.RecordTooLong, "content of at most 16384 bytes", false},
	{record.NoInnerType, finding.RecordInnerType, "a content type", true},
	{record.NotProtected, finding.RecordUnprotected, "a protected record", true},
	{record.TooShort, finding.RecordBadMAC, authentic, true},
	{record.BadMAC, finding.RecordBadMAC, authentic, true},
	{record.BadPadding, finding.RecordBadMAC, authentic, true},
	{record.BadBlockLength, finding.RecordBadMAC, authentic, true},
}

const authentic = "a record that authenticates"

// checkOpened reports why a record could not be opened; it returns true when there is no going on.
func (in *incoming) checkOpened(err error, o record.Opened, ev *trace.Event) bool {
	if err == nil {
		in.proven = in.proven || !o.Unprotected
		return false
	}
	for _, row := range openErrors {
		if errors.Is(err, row.kind) {
			// A server that fails before it has keys can say so in the clear only. Once it has shown
			// that it has them, anybody on the path may have said it.
			fatal := row.fatal && (in.proven || row.kind != record.NotProtected || o.Type != iana.Alert)
			in.engine.Broken(row.rule, ev, row.expected, err.Error(), fatal)
			return fatal
		}
	}
	in.engine.Broken(finding.RecordBadMAC, ev, authentic, err.Error(), true)
	return true
}

// checkContent reports what is odd about a record's content; it returns false when there is nothing in it to feed.
func (in *incoming) checkContent(o record.Opened, ev *trace.Event) bool {
	if !in.checkEmpty(o, ev) {
		return false
	}
	if o.Type != iana.Handshake && in.handshake.len() > 0 {
		in.engine.Broken(finding.RecordInterleaved, ev, "more of the handshake message", o.Type.String(), false)
	}
	switch o.Type {
	case iana.ChangeCipherSpec:
		if o.Unprotected || in.engine.Session().Version < iana.TLS13 {
			return true
		}
		// RFC 8446, Section 5
		in.engine.Broken(finding.CCSProtected, ev, "change_cipher_spec in the clear", "one under protection", true)
		return false
	case iana.Handshake, iana.Alert, iana.ApplicationData:
		return true
	}
	in.engine.Broken(finding.RecordUnknownType, ev, "a content type of TLS", o.Type.String(), true)
	return false
}

// dispatch feeds the engine the content of a record.
func (in *incoming) dispatch(o record.Opened, buf *trace.Buffer, off int) {
	switch o.Type {
	case iana.Handshake:
		in.handshake.add(o.Plaintext, buf, off)
	case iana.ChangeCipherSpec:
		in.feed(func() { in.changeCipherSpec(o.Plaintext, in.watch.part(buf, off, o.Plaintext)) })
	case iana.Alert:
		in.feed(func() { in.alert(o.Plaintext, in.watch.part(buf, off, o.Plaintext)) })
	case iana.ApplicationData:
		in.data(o.Plaintext, buf)
	}
}

// checkEmpty counts empty records: too many in a row only cost time.
func (in *incoming) checkEmpty(o record.Opened, ev *trace.Event) bool {
	if len(o.Plaintext) > 0 {
		in.empties = 0
		return true
	}
	in.empties++
	if in.empties > in.limits.Empty {
		in.engine.Broken(finding.RecordTooManyEmpty, ev, fmt.Sprintf("at most %d", in.limits.Empty), fmt.Sprint(in.empties), true)
		return false
	}
	if o.Type != iana.ApplicationData {
		in.engine.Broken(finding.RecordEmptyFragment, ev, "content", "nothing", false)
		return false
	}
	return true
}
