package conn

import (
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// FollowConfig is how somebody else's connection is followed.
type FollowConfig struct {
	// Secrets open what is protected; nil for none.
	Secrets handshake.Secrets
	// Observers are told of every event, as those of a connection of ours.
	Observers []trace.Observer
	// EventsBefore is how many events the trace holds already.
	EventsBefore int
	// Verify gives the findings on a chain and whether it is trusted; nil leaves the chain unverified.
	Verify func(*handshake.VerifyChain) ([]finding.Finding, bool)
	// Outline tells observers only what [trace.Summarize] reads, as that of a [Config] does.
	Outline bool
	// Limits bounds what a trace keeps.
	Limits Limits
}

// Follower is a bystander to a TLS connection: it is fed the bytes of both directions and makes the events that the client would
// have made, through the same code for records and messages. The client's bytes are Sent. It is used by one goroutine.
type Follower struct {
	cfg     FollowConfig
	engine  *handshake.Engine
	watch   watch
	in      [2]incoming
	at      time.Duration
	failure *handshake.Failure
	trusted bool
	judged  bool // the chain has had its verdict
	opaque  [2]trace.Opaque
	sniffed [2]bool
	early   [2][]byte // bytes before it is clear that this is TLS
	heard   bool      // the server has said something
	holes   bool      // bytes were missing
	over    bool
}

// Follow returns a follower at the beginning of a connection.
func Follow(cfg FollowConfig) *Follower {
	if cfg.Secrets == nil {
		cfg.Secrets = noSecrets{}
	}
	f := &Follower{cfg: cfg, engine: handshake.Watch(cfg.Secrets, cfg.Outline)}
	limits := cfg.Limits.withDefaults()
	f.watch.outline = cfg.Outline
	f.watch.begin(cfg.Observers, func() time.Duration { return f.at }, limits, cfg.EventsBefore)
	for dir := range f.in {
		f.in[dir] = incoming{
			engine: f.engine, watch: &f.watch, limits: limits, dir: dir,
			framer: record.NewFramer(record.MaxCiphertext, false), limit: record.MaxCiphertext, budget: trialsAnyway, keys: &record.ReadState{},
			data:   func(b []byte, buf *trace.Buffer) { f.data(dir, b, buf) },
			sealed: func(r record.Record, ev *trace.Event) { f.sealed(dir, r, ev) },
			unseen: func() { f.unseen(dir) },
			updated: func(n int, k *handshake.InstallKeys) {
				f.engine.MissedUpdates(half(dir), n, k)
				f.carryOut()
			},
		}
	}
	f.carryOut()
	return f
}

type noSecrets struct{}

func (noSecrets) Secret([]byte, string) []byte { return nil }

func stream(dir trace.Dir) int {
	if dir == trace.Sent {
		return streamSent
	}
	return streamReceived
}

// Session returns what has been agreed on so far, as far as a bystander can tell.
func (f *Follower) Session() *handshake.Session { return f.engine.Session() }

// Failure returns why the handshake or the session failed; nil for one that didn't.
func (f *Follower) Failure() *handshake.Failure { return f.failure }

// Trusted tells whether the server's chain was verified, and whether it is trusted.
func (f *Follower) Trusted() (trusted, verified bool) { return f.trusted, f.judged }

// Feed gives the next bytes of a direction, which came at a time since the start of the trace. They are good until it returns.
func (f *Follower) Feed(dir trace.Dir, at time.Duration, b []byte) {
	f.at, f.heard = at, f.heard || dir == trace.Received
	in := &f.in[stream(dir)]
	if in.lost {
		f.watch.omitted.Bytes += len(b)
		return
	}
	in.afford(len(b))
	if in.seek != nil {
		f.find(in, b, false)
		return
	}
	if !f.sniffed[in.dir] {
		if b = f.sniff(in.dir, b, false); b == nil {
			return
		}
	}
	in.framer.Feed(b)
	f.drain(in)
}

// drain feeds the engine what has come, one input at a time: what follows may need keys that its actions install.
func (f *Follower) drain(in *incoming) {
	for in.fromBuffered() {
		f.carryOut()
	}
	f.carryOut()
}

// partial shows what there is of a message of the client.
func (f *Follower) partial(in *incoming) {
	rest := in.framer.Rest()
	if iana.ContentType(rest[0]) != iana.Handshake {
		return
	}
	have := append(in.handshake.bytes, rest[record.HeaderLen:]...)
	f.engine.Partial(have, f.watch.message(have, nil))
}

// End says that a direction is over; how says eof or reset.
func (f *Follower) End(dir trace.Dir, at time.Duration, how string) {
	f.at = at
	in := &f.in[stream(dir)]
	if !f.sniffed[in.dir] && len(f.early[in.dir]) > 0 {
		if b := f.sniff(in.dir, nil, true); b != nil {
			in.framer.Feed(b)
			f.drain(in)
		}
	}
	if in.seek != nil {
		f.find(in, nil, true)
	}
	if !in.lost {
		in.remainder()
		in.lost = true
	}
	if dir == trace.Sent {
		f.engine.SentEnd(how, f.heard)
	} else {
		f.engine.EndOfStream(how)
	}
	f.carryOut()
}

// Finish says that nothing more comes: what should have been answered and could not be is told. why says what kept it from being.
func (f *Follower) Finish(at time.Duration) {
	if f.over {
		return
	}
	f.over = true
	f.at = at
	for dir := range f.in {
		in := &f.in[dir]
		if in.seek != nil {
			f.find(in, nil, true)
		}
		if !in.lost {
			in.remainder()
		}
	}
	why := "the capture does not have all of the handshake"
	switch {
	case f.engine.Unseen() && !f.holes:
		why = "it is encrypted, and there are no secrets for the handshake"
	case !f.engine.Unseen() && f.Opaque():
		why = "it is encrypted, and there are no secrets for this connection"
	}
	f.engine.Over(why)
	f.carryOut()
	for dir := range f.opaque {
		if o := f.opaque[dir]; o.Records > 0 {
			f.watch.report(&trace.Event{Dir: direction(dir), Layer: trace.LayerNet, Kind: "opaque", Detail: &o}, nil)
		}
	}
	f.watch.end()
}

// carryOut takes the engine's actions one at a time.
func (f *Follower) carryOut() {
	for a := f.engine.Next(); a != nil; a = f.engine.Next() {
		switch a := a.(type) {
		case *handshake.InstallKeys:
			f.install(a)
		case *handshake.SetVersion:
			if a.Version >= iana.TLS13 {
				for dir := range f.in {
					f.in[dir].limit = record.MaxCiphertext13
					f.in[dir].framer.SetLimit(record.MaxCiphertext13)
				}
			}
		case *handshake.VerifyChain:
			f.verify(a)
		case *handshake.Report:
			if a.Unpacked != nil {
				a.Event.Buf = f.watch.message(a.Unpacked, a.From)
			}
			f.watch.report(a.Event, a.About)
		case *handshake.Established:
			f.watch.establish()
		case *handshake.Close:
			if a.Err != nil && f.failure == nil {
				a.Err.Event = f.watch.last
				f.failure = a.Err
			}
		}
	}
}

func (f *Follower) install(k *handshake.InstallKeys) {
	in := &f.in[streamSent]
	if k.Direction == handshake.Read {
		in = &f.in[streamReceived]
	}
	if n := in.handshake.len(); n > 0 && in.dir == streamReceived {
		in.cut(finding.KeyChangeLeftover, "the end of a message", "the beginning of the next")
		return
	}
	in.use(k)
}

func (f *Follower) verify(v *handshake.VerifyChain) {
	if f.cfg.Verify == nil {
		f.engine.Verdict(false, "")
		return
	}
	var findings []finding.Finding
	findings, f.trusted = f.cfg.Verify(v)
	f.judged = true
	f.watch.checks(findings)
	f.engine.Verdict(f.trusted, gravest(findings))
}

// data takes application data. The client may send it before its handshake is complete (early data), and so may the server.
func (f *Follower) data(dir int, b []byte, buf *trace.Buffer) {
	if s := f.engine.Session(); dir == streamReceived && !s.Established && !f.engine.Speaks() {
		f.engine.Data(buf)
		return
	}
	f.watch.data(direction(dir), len(b), buf)
}

// sealed takes a record that can't be opened.
func (f *Follower) sealed(dir int, r record.Record, ev *trace.Event) {
	if ev != nil {
		ev.Detail.(*trace.Record).Protected = true
		f.watch.report(ev, nil)
	}
	f.opaque[dir].Records++
	f.opaque[dir].Bytes += len(r.Payload())
	f.engine.SealedRecord(half(dir))
	if r.Header.Type == iana.Handshake {
		f.engine.SealedHandshake(half(dir))
	}
}

// half is the engine's word for a direction.
func half(dir int) handshake.Direction {
	if dir == streamReceived {
		return handshake.Read
	}
	return handshake.Write
}

// unseen says that a record was opened by keys of application data before the handshake was seen to end.
func (f *Follower) unseen(dir int) {
	f.engine.PassedUnseen(half(dir))
	f.carryOut()
}

// sniff looks at the first bytes of a direction. It returns what to frame, nil while five bytes have not come and for what is no TLS.
func (f *Follower) sniff(dir int, b []byte, all bool) []byte {
	if len(f.early[dir]) > 0 || len(b) < record.HeaderLen {
		f.early[dir] = append(f.early[dir], b...)
		b = f.early[dir]
	}
	if len(b) < record.HeaderLen && !all {
		return nil
	}
	f.sniffed[dir], f.early[dir] = true, nil
	p, line := record.Sniff(b)
	if p == record.ProtocolTLS {
		return b
	}
	f.in[dir].lost = true
	if dir == streamReceived {
		b = b[:min(len(b), greetingSize)]
		name, text := describeForeign(p, line, b)
		f.watch.foreign(name, string(line), b)
		f.engine.Fail(&handshake.Failure{Kind: handshake.NotTLS, Message: text})
		f.carryOut()
	}
	return nil
}

func (in *incoming) message(raw []byte, buf *trace.Buffer) {
	if in.dir == streamSent {
		in.engine.Sent(raw, buf)
		return
	}
	in.engine.Message(raw, buf)
}

func (in *incoming) changeCipherSpec(raw []byte, buf *trace.Buffer) {
	unknown := in.dir == streamSent && in.engine.Session().Version == 0
	in.veiled = in.veiled || in.follows() && (unknown || in.engine.Shows()) // nobody installs keys then
	if in.dir == streamSent {
		in.engine.SentChangeCipherSpec(raw, buf)
		return
	}
	in.engine.ChangeCipherSpec(raw, buf)
}

func (in *incoming) alert(raw []byte, buf *trace.Buffer) {
	if in.dir == streamSent {
		in.engine.SentAlert(raw, buf)
		return
	}
	in.engine.Alert(raw, buf)
}

// Note tells of something about the connection that is no TLS, such as a gap in the capture.
func (f *Follower) Note(dir trace.Dir, at time.Duration, kind string, d trace.Detail) {
	f.at = at
	f.watch.report(&trace.Event{Dir: dir, Layer: trace.LayerNet, Kind: kind, Detail: d}, nil)
}

// OpaqueWhy says what could not be opened and why, in a few words for a list; empty where all was.
func (f *Follower) OpaqueWhy() string {
	opened := f.in[streamSent].proven || f.in[streamReceived].proven
	switch {
	case !f.Opaque():
		return ""
	case f.engine.Unseen() && !f.holes:
		return "handshake encrypted, no secrets for it"
	case opened && f.holes:
		return "not all opened, bytes are missing"
	case opened:
		return "not all opened, secrets are missing"
	case f.holes:
		return "encrypted, bytes or secrets are missing"
	}
	return "encrypted, no secrets"
}

// Opaque reports whether there was something that could not be opened.
func (f *Follower) Opaque() bool {
	return f.opaque[streamSent].Records+f.opaque[streamReceived].Records > 0
}
