package handshake

import (
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
)

// schedule13 is the keys of a TLS 1.3 session as far as they have come.
type schedule13 struct {
	helloLen  int // length of the first hello in the transcript
	schedule  keys.Schedule
	handshake keys.Handshake
	master    keys.Master

	clientHandshake, serverHandshake keys.Secret
	clientTraffic, serverTraffic     keys.Secret
	resumption                       keys.Secret
	readUpdates, writeUpdates        int

	writeArmed bool // the write side has its handshake keys
}

// beginSchedule fixes the hash that the suite asks for.
func (e *Engine) beginSchedule() bool {
	h, err := keys.HashOf(e.session.Version, e.session.Params.Hash)
	if err == nil {
		if !keys.TLS13(h).Available() {
			e.failing = incompatible(iana.AlertHandshakeFailure, "no %s here, the hash of %s", h, e.session.Suite)
			return false
		}
		e.tls13.schedule = keys.TLS13(h)
		e.tls13.helloLen = e.firstHelloLen()
		err = e.transcript.Choose(h)
	}
	if err != nil {
		e.failing = incompatible(iana.AlertHandshakeFailure, "no keys for %s: %v", e.session.Suite, err)
		return false
	}
	return true
}

// firstHelloLen reads the length of the transcript's first message from its header.
func (e *Engine) firstHelloLen() int {
	b := e.transcript.Bytes()
	if len(b) < 4 {
		return len(b)
	}
	return min(len(b), 4+(int(b[1])<<16|int(b[2])<<8|int(b[3])))
}

// restartTranscript begins again with the hash of the first hello and the retry after it.
func (e *Engine) restartTranscript(hello, retry []byte) error {
	t := keys.NewTranscript(maxTranscript)
	if err := t.Choose(e.tls13.schedule.Hash); err != nil {
		return err
	}
	if err := t.Add(hello); err != nil {
		return err
	}
	if err := t.ReplaceFirstHello(); err != nil {
		return err
	}
	e.transcript = t
	return t.Add(retry)
}

// hash returns the transcript's hash as the schedule wants it.
func (e *Engine) hash() []byte {
	sum, err := e.transcript.Sum(e.tls13.schedule.Hash)
	if err != nil && e.failing == nil {
		e.failing = local(err)
	}
	return sum
}

// trafficKeys expands a traffic secret for the suite.
func (e *Engine) trafficKeys(s keys.Secret) (record.Keys, error) {
	_, keyLen, ivLen, err := record.Lengths(iana.TLS13, e.session.Params)
	if err != nil {
		return record.Keys{}, err
	}
	k := e.tls13.schedule.TrafficKeys(s, keyLen, ivLen)
	return record.Keys{Key: k.Key, IV: k.IV}, nil
}

func (e *Engine) installRead13(epoch string, s keys.Secret) bool {
	k, err := e.trafficKeys(s)
	if err == nil {
		var st *record.ReadState
		if st, err = record.NewReadState(iana.TLS13, e.session.Params, k, false); err == nil {
			e.install(&InstallKeys{Direction: Read, Epoch: epoch, Suite: e.session.Suite, Read: st})
			return true
		}
	}
	e.noCipher(err)
	return false
}

func (e *Engine) installWrite13(epoch string, s keys.Secret) bool {
	k, err := e.trafficKeys(s)
	if err == nil {
		var st *record.WriteState
		if st, err = record.NewWriteState(iana.TLS13, e.session.Params, k, false, e.cfg.Rand); err == nil {
			e.install(&InstallKeys{Direction: Write, Epoch: epoch, Suite: e.session.Suite, Write: st})
			return true
		}
	}
	e.noCipher(err)
	return false
}

// noCipher ends a handshake whose suite can't be encrypted with.
func (e *Engine) noCipher(err error) {
	if e.failing == nil {
		e.failing = incompatible(iana.AlertHandshakeFailure, "the suite %s can't be completed: %v", e.session.Suite, err)
		e.failing.err = err
	}
}
