package handshake

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/kex"
	"github.com/tlsprobe/tlsprobe/internal/handshake/keys"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/record"
)

// errNoPremaster says that a key exchange was taken for complete that was not.
var errNoPremaster = errors.New("no premaster secret was agreed on")

const (
	clientSide = keys.Client
	serverSide = keys.Server
)

// secrets12 is the keys of a session before TLS 1.3.
type secrets12 struct {
	prf       keys.PRF
	premaster []byte
	exchange  message.ClientKeyExchange
	master    keys.Secret
	block     keys.KeyBlock
}

// keysOf says which certificate keys serve which authentication. RFC 5246, Section 7.4.2; RFC 8422, Section 5.3.
var keysOf = [...]struct {
	auth  iana.Authentication
	kinds []cert.KeyKind
}{
	{iana.AuthenticationRSA, []cert.KeyKind{cert.KeyRSA, cert.KeyRSAPSS}},
	{iana.AuthenticationECDSA, []cert.KeyKind{cert.KeyEC, cert.KeyEd25519, cert.KeyEd448}},
	{iana.AuthenticationDSS, []cert.KeyKind{cert.KeyDSA}},
}

// begin12 fixes the PRF.
func (e *Engine) begin12() bool {
	prf, err := keys.NewPRF(e.session.Version, e.session.Params.Hash)
	if err == nil {
		e.tls12.prf = prf
		err = e.transcript.Choose(prf.Hash())
	}
	if err != nil {
		e.failing = incompatible(iana.AlertHandshakeFailure, "no keys for %s: %v", e.session.Suite, err)
	}
	return err == nil
}

// onServerKeyExchange checks the server's signature and agrees on the premaster secret.
func (e *Engine) onServerKeyExchange(m *message.ServerKeyExchange) {
	if e.session.Params.Authentication != iana.AuthenticationAnon {
		e.proveParameters(m)
	}
	if e.failing != nil {
		return
	}
	switch e.session.Params.KeyExchange {
	case iana.KeyExchangeECDHE:
		e.agreeEC(&m.EC)
	case iana.KeyExchangeDHE:
		e.agreeDH(&m.DH)
	default:
		e.failing = incompatible(iana.AlertHandshakeFailure, "the key exchange of %s can't be completed", e.session.Suite)
	}
}

// proveParameters checks the signature over both randoms and the parameters. RFC 5246, Section 7.4.3.
func (e *Engine) proveParameters(m *message.ServerKeyExchange) {
	if e.session.Params.KeyExchange == iana.KeyExchangeECDHE && m.EC.CurveType != message.NamedCurve {
		return // agreeEC says so
	}
	if m.HasScheme {
		e.session.Scheme = m.Algorithm
		e.checkScheme(m.Algorithm, "server_key_exchange.algorithm")
	}
	if e.failing != nil {
		return
	}
	signed := make([]byte, 0, 64+len(m.Params))
	signed = append(signed, e.session.ClientRandom[:]...)
	signed = append(signed, e.session.ServerRandom[:]...)
	signed = append(signed, m.Params...)
	e.proof(finding.HandshakeServerKeyExchange, m.Algorithm, signed, m.Signature)
}

// agreeEC agrees in a curve. RFC 8422, Section 5.4.
func (e *Engine) agreeEC(p *message.ECParams) {
	if p.CurveType != message.NamedCurve {
		e.stop(finding.ExplicitCurve, "server_key_exchange.params.curve_type", "named_curve", p.CurveType.String())
		return
	}
	e.session.Group = p.Group
	// Who sends no list leaves the server free to choose. RFC 8422, Section 4.
	if sg, ok := message.Get[*message.SupportedGroups](e.hello.Extensions); ok && !slices.Contains(sg.Groups, p.Group) {
		e.breaks(finding.GroupNotOffered, "server_key_exchange.params.named_curve", "a curve that was offered", p.Group.String())
	}
	if e.failing != nil {
		return
	}
	if e.watching != nil {
		e.reportGroup("ECDHE", p.Group, 0)
		return
	}
	key, err := kex.Generate(p.Group, e.cfg.Rand)
	if err != nil {
		e.failing = incompatible(iana.AlertIllegalParameter, "the server chose the group %s, which this engine does not have", p.Group)
		return
	}
	secret, err := key.Agree(p.Public)
	if err != nil {
		e.stop(finding.PublicValue, "server_key_exchange.params.public", "a valid public value", err.Error())
		return
	}
	e.tls12.premaster, e.tls12.exchange.ECPublic = secret, key.Public()
	e.reportGroup("ECDHE", p.Group, len(secret))
}

// agreeDH agrees in the group that the server describes. RFC 5246, Section 7.4.3.
func (e *Engine) agreeDH(p *message.DHParams) {
	const path = "server_key_exchange.params."
	group, err := kex.NewDH(p.P, p.G)
	if isKex(err, kex.TooLarge) {
		e.stop(finding.DHTooLarge, path+"dh_p", "at most 8192 bits", fmt.Sprintf("%d bits", 8*len(p.P)))
		return
	}
	if err != nil {
		e.stop(finding.PublicValue, path+"dh_p", "a usable group", err.Error())
		return
	}
	if e.watching != nil {
		e.reportDH(group, 0)
		return
	}
	key, err := group.Generate(e.cfg.Rand)
	if err != nil {
		e.failing = local(err)
		return
	}
	secret, err := key.Premaster(p.Y)
	if err != nil {
		e.stop(finding.PublicValue, path+"dh_ys", "a valid public value", err.Error())
		return
	}
	e.tls12.premaster, e.tls12.exchange.DHPublic = secret, key.Public()
	e.reportDH(group, len(secret))
}

// encryptPremaster sends the premaster secret under the certificate's key. RFC 5246, Section 7.4.7.1.
func (e *Engine) encryptPremaster() {
	k := e.server.key
	if k == nil || (k.Kind != cert.KeyRSA && k.Kind != cert.KeyRSAPSS) {
		e.fail(&Failure{
			Kind: BrokenRule, Rule: finding.CertificateKey, Alert: iana.AlertUnsupportedCertificate, HasAlert: true,
			Waiting: e.state.name(), Message: "the certificate has no RSA key to encrypt the premaster secret with",
		})
		return
	}
	premaster, err := kex.RSAPremaster(e.hello.LegacyVersion, e.cfg.Rand)
	if err == nil {
		e.tls12.premaster = premaster
		e.tls12.exchange.EncryptedPreMaster, err = kex.EncryptRSA(k.Modulus, k.Exponent, premaster, e.cfg.Rand)
	}
	if err != nil {
		e.fail(incompatible(iana.AlertHandshakeFailure, "the premaster secret can't be encrypted: %v", err))
		return
	}
	e.reportRSA(k.Bits(), len(premaster))
}

// clientFlight12 answers ServerHelloDone. RFC 5246, Section 7.3.
func (e *Engine) clientFlight12() {
	e.authenticate()
	if e.session.Params.KeyExchange == iana.KeyExchangeRSA {
		e.encryptPremaster()
		if e.done || e.tls12.exchange.EncryptedPreMaster == nil {
			return
		}
	}
	exchange := e.tls12.exchange
	e.propose(&exchange, e.sentKeyExchange)
}

// sentKeyExchange makes the keys and ends our flight.
func (e *Engine) sentKeyExchange(message.Message) {
	if !e.deriveKeys12() {
		e.settle()
		return
	}
	if e.client.willSign {
		e.then(e.prove)
	}
	e.changeAndFinish12(nil)
}

// changeAndFinish12 changes to the new keys and sends Finished. RFC 5246, Section 7.4.9.
func (e *Engine) changeAndFinish12(commit func(message.Message)) {
	e.do(&Send{Type: iana.ChangeCipherSpec, Raw: []byte{1}})
	e.then(func() {
		if !e.installWrite12() {
			e.settle()
			return
		}
		data, err := e.tls12.prf.Finished(e.tls12.master, clientSide, e.transcript)
		if err != nil {
			e.fail(local(err))
			return
		}
		e.propose(&message.Finished{VerifyData: data}, commit)
	})
}

// deriveKeys12 makes the master secret and the key block. RFC 5246, Sections 6.3 and 8.1; RFC 7627, Section 4.
func (e *Engine) deriveKeys12() bool {
	t, s := &e.tls12, &e.session
	if len(t.premaster) == 0 { // whoever has no secret with the peer must not talk as if it had
		e.failing = local(errNoPremaster)
		return false
	}
	if s.ExtendedMasterSecret {
		hash, err := e.transcript.Sum(t.prf.Hash())
		if err == nil {
			t.master, err = t.prf.ExtendedMasterSecret(t.premaster, hash)
		}
		if err != nil {
			e.failing = local(err)
			return false
		}
	} else {
		t.master = t.prf.MasterSecret(t.premaster, s.ClientRandom[:], s.ServerRandom[:])
	}
	return e.expandKeys12()
}

// expandKeys12 makes the key block of the master secret. RFC 5246, Section 6.3.
func (e *Engine) expandKeys12() bool {
	t, s := &e.tls12, &e.session
	e.reportSecret(t.master)
	mac, key, iv, err := record.Lengths(s.Version, s.Params)
	if err != nil {
		e.noCipher(err)
		return false
	}
	t.block = t.prf.KeyBlock(t.master, s.ClientRandom[:], s.ServerRandom[:], keys.KeySizes{MAC: mac, Key: key, IV: iv})
	return true
}

func (e *Engine) installWrite12() bool {
	s, b := &e.session, &e.tls12.block
	st, err := record.NewWriteState(s.Version, s.Params, record.Keys{MAC: b.ClientMAC, Key: b.ClientKey, IV: b.ClientIV}, s.EncryptThenMAC, e.cfg.Rand)
	if err != nil {
		e.noCipher(err)
		return false
	}
	e.install(&InstallKeys{Direction: Write, Epoch: "application", Suite: s.Suite, Write: st})
	return true
}

// installRead12 acts on the server's ChangeCipherSpec.
func (e *Engine) installRead12() state {
	if e.watching != nil {
		e.watchKeys12(Read)
		return expectServerFinished
	}
	s, b := &e.session, &e.tls12.block
	st, err := record.NewReadState(s.Version, s.Params, record.Keys{MAC: b.ServerMAC, Key: b.ServerKey, IV: b.ServerIV}, s.EncryptThenMAC)
	if err != nil {
		e.noCipher(err)
		return failed
	}
	e.install(&InstallKeys{Direction: Read, Epoch: "application", Suite: s.Suite, Read: st})
	return expectServerFinished
}
