package conn

import (
	"errors"

	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
)

// follows reports whether this is a follower's.
func (in *incoming) follows() bool { return in.sealed != nil }

// use puts keys in force.
func (in *incoming) use(k *handshake.InstallKeys) {
	in.or = k.Or
	if k.Kept {
		return
	}
	in.shut = k.Sealed
	if k.Read != nil {
		in.keys = k.Read
	}
	in.watch.epoch[in.dir] = k.Epoch
}

// isSealed reports whether a record is one of those that there are no keys for. In TLS 1.3, change_cipher_spec, and what is sent
// in the clear in spite of all, have types of their own.
func (in *incoming) isSealed(r record.Record) bool {
	if in.holed {
		in.holed = false
		in.keys.SetSequence(in.keys.Sequence() + 1)
		in.handshake = fragments{}
		if in.gap == nil { // it may have been a key update
			in.gap = &gap{first: in.keys.Sequence()}
		}
		in.shut = in.shut || !in.keys.Apart() // the cipher goes on by what nobody knows
		return true
	}
	v := in.engine.Session().Version
	if in.veiled && isVeiled(r) {
		return true
	}
	if (v == 0 || v >= iana.TLS13) && r.Header.Type != iana.ApplicationData {
		return false
	}
	switch {
	case in.shut:
		return !in.reveals(r)
	case in.blind:
		if v < iana.TLS13 && in.passed(r) {
			return false
		}
		return v >= iana.TLS13 || in.watch.epoch[in.dir] != ""
	}
	return in.gap != nil && !in.renumbers(r)
}

// reveals reports whether keys of application data open a record though nobody could see the handshake end. They are in force then.
func (in *incoming) reveals(r record.Record) bool {
	for _, k := range in.or {
		if !k.Unseen {
			continue
		}
		before := k.Read.Sequence()
		if !in.numbered(k.Read, r) {
			k.Read.SetSequence(before)
			continue
		}
		in.use(k)
		in.gap, in.blind = nil, false
		in.unseen()
		return true
	}
	return false
}

// passed reports whether a record up to TLS 1.2 shows that a handshake of which some is missing has ended: data that opens. Finished,
// and whatever is missing, was before it.
func (in *incoming) passed(r record.Record) bool {
	if in.gap == nil {
		return false
	}
	in.gap.most++
	return r.Header.Type == iana.ApplicationData && in.reveals(r)
}

// openOtherwise tries the other keys that may be in force. The first that open a record are.
func (in *incoming) openOtherwise(r record.Record, o record.Opened, err error) (record.Opened, error) {
	early := in.watch.epoch[in.dir] == handshake.EpochEarly
	if early && errors.Is(err, record.NotProtected) && o.Type == iana.Handshake { // a second ClientHello: RFC 8446, Section 4.2.10
		in.use(&handshake.InstallKeys{Read: &record.ReadState{}})
		return o, nil
	}
	for _, k := range in.or {
		if k.Read == nil {
			continue
		}
		if other, err := k.Read.Open(nil, r); err == nil {
			in.use(k)
			return other, nil
		}
	}
	return o, err
}

// isVeiled reports whether what follows a change_cipher_spec is protected, as far as can be told without knowing the version: up to
// TLS 1.2 all is; in TLS 1.3 what is has a type of its own, and only a second ClientHello comes in the clear (RFC 8446, Appendix D.4).
func isVeiled(r record.Record) bool {
	b := r.Payload()
	switch r.Header.Type {
	case iana.Handshake:
		f := fragments{bytes: b}
		return len(b) == 0 || iana.HandshakeType(b[0]) != iana.ClientHello || f.announced() != len(b)
	case iana.Alert:
		return len(b) != 2
	}
	return false
}
