package handshake

import (
	"crypto/hmac"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
)

// secret looks up a secret of this session; empty where there is none of the right length.
func (e *Engine) secret(label string, size int) keys.Secret {
	b := e.watching.secrets.Secret(e.session.ClientRandom[:], label)
	if len(b) != size {
		b = nil
	}
	return keys.Secret{Name: label, KeyLogLabel: label, Bytes: b}
}

// watchServerHello13 takes the handshake secrets from where a bystander has them.
func (e *Engine) watchServerHello13(h *message.ServerHello) state {
	e.selectedPSK(h)
	_, shared := message.Get[*message.ServerKeyShare](h.Extensions)
	if shared || !e.session.Resumed { // psk_ke has none: RFC 8446, Section 4.2.9
		if theirs, _ := e.serverShare(h); theirs != nil {
			e.reportGroup("", theirs.Group, 0)
		}
	}
	if e.failing != nil {
		return failed
	}
	k := &e.tls13
	size := k.schedule.Hash.Size()
	k.serverHandshake, k.clientHandshake = e.secret(labelServerHandshake, size), e.secret(labelClientHandshake, size)
	e.watchKeys13(Read, "handshake", labelServerHandshake)
	e.watchKeys13(Write, "handshake", labelClientHandshake)
	return expectEncryptedExtensions
}

// watchKeys13 installs the keys of a traffic secret, or seals the direction.
func (e *Engine) watchKeys13(d Direction, epoch, label string) {
	if e.ended() || e.session.Version < iana.TLS13 {
		return
	}
	s := e.secret(label, e.tls13.schedule.Hash.Size())
	switch label {
	case labelClientTraffic:
		e.tls13.clientTraffic = s
	case labelServerTraffic:
		e.tls13.serverTraffic = s
	}
	k := e.readKeys(d, epoch, e.session.Suite, s)
	e.watching.sealed[d] = k.Read == nil
	if k.Sealed && epoch == "handshake" {
		e.appliesUnseen(k)
	}
	if label == labelClientHandshake && e.watching.early {
		k = e.duringEarlyData(k)
	}
	e.install(k)
}

// duringEarlyData has the client go on with early data until EndOfEarlyData, or for as long as it has not heard that it was refused.
func (e *Engine) duringEarlyData(k *InstallKeys) *InstallKeys {
	e.watching.early = false // from EndOfEarlyData on
	if len(e.secret(labelEarly, e.tls13.schedule.Hash.Size()).Bytes) > 0 {
		return &InstallKeys{Direction: Write, Epoch: EpochEarly, Suite: k.Suite, Kept: true, Or: []*InstallKeys{k}}
	}
	if !k.Sealed {
		k.Or = []*InstallKeys{{Direction: Write, Epoch: EpochEarly, Sealed: true}}
	}
	return k
}

// readKeys makes what opens the records under a traffic secret; sealed where there is none.
func (e *Engine) readKeys(d Direction, epoch string, suite iana.CipherSuite, s keys.Secret) *InstallKeys {
	out := &InstallKeys{Direction: d, Epoch: epoch, Suite: suite}
	if p, ok := suite.Params(); ok && len(s.Bytes) > 0 {
		if h, err := keys.HashOf(iana.TLS13, p.Hash); err == nil && keys.TLS13(h).Available() {
			if _, keyLen, ivLen, err := record.Lengths(iana.TLS13, p); err == nil {
				t := keys.TLS13(h).TrafficKeys(s, keyLen, ivLen)
				out.Read, _ = record.NewReadState(iana.TLS13, p, record.Keys{Key: t.Key, IV: t.IV}, false) // a cipher that is not there seals
			}
		}
	}
	out.Sealed = out.Read == nil
	return out
}

// maxEarlySuites bounds how many suites are tried for early data, whose suite is that of a session nobody here has seen.
const maxEarlySuites = 8

// watchEarly makes ready for early data, which comes before the server has said anything. RFC 8446, Section 4.2.10.
func (e *Engine) watchEarly() {
	var first *InstallKeys
	tried := 0
	for _, suite := range e.hello.CipherSuites {
		p, ok := suite.Params()
		h, err := keys.HashOf(iana.TLS13, p.Hash)
		if !ok || p.MinVersion < iana.TLS13 || err != nil || tried == maxEarlySuites {
			continue
		}
		tried++
		k := e.readKeys(Write, EpochEarly, suite, e.secret(labelEarly, h.Size()))
		switch {
		case k.Read == nil:
		case first == nil:
			first = k
		default:
			first.Or = append(first.Or, k)
		}
	}
	if first == nil {
		first = &InstallKeys{Direction: Write, Epoch: EpochEarly, Sealed: true}
	}
	e.install(first)
}

// watchServerFinished13 goes on to the server's application keys, which it may use at once. RFC 8446, Section 4.4.4.
func (e *Engine) watchServerFinished13() {
	e.watching.finished[Read] = true
	e.watchKeys13(Read, "application", labelServerTraffic)
	e.watchFinished()
}

// watchClientFinished holds the client's Finished against the transcript before it.
func (e *Engine) watchClientFinished(f *message.Finished) {
	w := e.watching
	if w.finished[Write] || e.session.Suite == 0 {
		return
	}
	w.finished[Write] = true
	if w.accepted { // it could not be opened, but there is only one way to say it: RFC 8446, Section 4.5
		e.remember([]byte{byte(iana.EndOfEarlyData), 0, 0, 0})
	}
	var want []byte
	if e.session.Version >= iana.TLS13 {
		want = e.tls13.schedule.VerifyData(e.tls13.clientHandshake, e.hash())
		e.then(func() { e.watchKeys13(Write, "application", labelClientTraffic) })
	} else {
		want, _ = e.tls12.prf.Finished(e.tls12.master, clientSide, e.transcript) // without messages there is nothing to compare with
	}
	if want == nil || w.holes || hmac.Equal(f.VerifyData, want) {
		return
	}
	bad := finding.Of(finding.HandshakeFinished)
	bad.Message = "the client's Finished does not fit the handshake"
	bad.Expected, bad.Actual = fmt.Sprintf("%x", want), fmt.Sprintf("%.64x", f.VerifyData)
	bad.Where.Path = "finished.verify_data"
	e.check(bad)
}

// watchClientProof verifies the client's signature over the messages before it.
func (e *Engine) watchClientProof(v *message.CertificateVerify) {
	whole := e.session.Version < iana.TLS13 || e.tls13.schedule.Hash != 0
	if e.session.Suite == 0 || e.session.Established || e.client.leaf == nil || e.client.proved || !whole || e.holed(finding.HandshakeClientCertificate) {
		return
	}
	e.provedBy(v, e.clientSigned())
}

// watchClientUpdate moves to the client's next key. RFC 8446, Section 4.6.3.
func (e *Engine) watchClientUpdate() {
	k := &e.tls13
	if e.session.Version < iana.TLS13 || len(k.clientTraffic.Bytes) == 0 {
		return
	}
	k.writeUpdates++
	k.clientTraffic = k.schedule.NextTraffic(k.clientTraffic)
	e.install(e.readKeys(Write, updatedEpoch(k.writeUpdates), e.session.Suite, k.clientTraffic))
}

// watchServerHello12 tells what follows a ServerHello before TLS 1.3.
func (e *Engine) watchServerHello12() state {
	w := e.watching
	switch {
	case e.session.Resumed && e.server.tickets:
		return expectTicketOrChange
	case e.session.Resumed:
		return expectChangeCipherSpec
	case !completes(&e.session.Params):
		w.lenient = true
	case e.session.Params.Authentication == iana.AuthenticationAnon:
		return expectServerKeyExchange
	}
	return expectServerCertificate
}

// watchKeys12 acts on a change_cipher_spec of either side.
func (e *Engine) watchKeys12(d Direction) {
	k := e.keys12(d)
	e.watching.sealed[d] = k.Sealed
	e.install(k)
}

// keys12 makes what opens a direction's records up to TLS 1.2; sealed where there is no master secret.
func (e *Engine) keys12(d Direction) *InstallKeys {
	k := &InstallKeys{Direction: d, Epoch: "application", Suite: e.session.Suite, Sealed: true}
	if e.masterSecret() {
		b := &e.tls12.block
		side := record.Keys{MAC: b.ServerMAC, Key: b.ServerKey, IV: b.ServerIV}
		if d == Write {
			side = record.Keys{MAC: b.ClientMAC, Key: b.ClientKey, IV: b.ClientIV}
		}
		if st, err := record.NewReadState(e.session.Version, e.session.Params, side, e.session.EncryptThenMAC); err == nil {
			k.Read, k.Sealed = st, false
		}
	}
	return k
}

// masterSecret looks up the master secret and expands it, once.
func (e *Engine) masterSecret() bool {
	const size = 48 // RFC 5246, Section 8.1
	t, s := &e.tls12, &e.session
	if len(t.master.Bytes) > 0 {
		return true
	}
	master := e.secret(labelMaster, size)
	mac, key, iv, err := record.Lengths(s.Version, s.Params)
	if len(master.Bytes) == 0 || err != nil || s.Params.Export || t.prf.Hash() == 0 {
		return false
	}
	t.master = master
	t.block = t.prf.KeyBlock(master, s.ClientRandom[:], s.ServerRandom[:], keys.KeySizes{MAC: mac, Key: key, IV: iv})
	return true
}
