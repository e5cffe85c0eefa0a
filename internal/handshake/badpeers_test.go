package handshake

import (
	"bytes"
	"math/big"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// badPeers has a row, or more, for each rule that is broken in messages.
func badPeers() []badPeer {
	return slices.Concat(badBytes(), badSteps(), badHellos(), badExtensions(), badRetries(), badCertificates(), badExchanges(), badEnds(), badResumptions())
}

// grown changes the length in a message's header along with its body.
func grown(raw []byte, by int) []byte {
	n := int(raw[1])<<16 | int(raw[2])<<8 | int(raw[3])
	n += by
	raw[1], raw[2], raw[3] = byte(n>>16), byte(n>>8), byte(n)
	return raw
}

func badBytes() []badPeer {
	const ticket = "new_session_ticket"
	return []badPeer{
		{
			rule: finding.DecodeTruncated, does: "ends in the middle of a length", in: tls13, at: ticket,
			raw: func(b []byte) []byte { return grown(b[:len(b)-1], -1) }, path: ticket + ".extensions.length",
		},
		{
			rule: finding.DecodeLengthOverrun, does: "has a length that is too large", in: tls13, at: "encrypted_extensions",
			raw: func(b []byte) []byte { b[5]++; return b }, path: "encrypted_extensions.extensions.length",
		},
		{
			rule: finding.DecodeLengthBounds, does: "gives out an empty ticket", in: tls13, at: ticket,
			edit: func(_ *peer, m message.Message) { m.(*message.NewSessionTicket).Ticket = nil }, path: ticket + ".ticket.length",
		},
		{
			rule: finding.DecodeTrailing, does: "leaves a byte over", in: tls13, at: "encrypted_extensions",
			raw: func(b []byte) []byte { return grown(append(b, 0), 1) }, path: "encrypted_extensions",
		},
	}
}

func badSteps() []badPeer {
	again := func(m func(*peer) message.Message) func(*peer) {
		return func(p *peer) { p.says(p.encode(m(p))) }
	}
	return []badPeer{
		{
			rule: finding.UnexpectedMessage, does: "finishes before it proves", in: tls13, at: "certificate_verify",
			before: again(makeFinished), path: "finished", ends: true,
		},
		{
			rule: finding.UnexpectedMessage, does: "says hello again once connected", in: tls13, at: "",
			before: again(makeEncryptedExtensions), path: "encrypted_extensions#2", ends: true,
		},
		{
			rule: finding.UnexpectedMessage, does: "leaves out its parameters", in: tls12, at: "server_key_exchange",
			before: again(makeDone), path: "server_hello_done", ends: true,
		},
		{
			rule: finding.UnexpectedMessage, does: "leaves out its parameters after a status was promised", in: tls12,
			set: func(p *peer) { p.answers = append(p.answers, statusExtension) }, at: "server_key_exchange",
			before: again(makeDone), path: "server_hello_done", ends: true,
		},
		{
			rule: finding.UnexpectedMessage, does: "leaves out its parameters and asks for a certificate", in: tls12,
			set: func(p *peer) { p.answers = append(p.answers, statusExtension) }, at: "server_key_exchange",
			before: again(makeRequest12), path: "certificate_request", ends: true,
		},
		{
			rule: finding.UnexpectedMessage, does: "sends parameters that RSA does not have", in: tls12RSA,
			set: func(p *peer) { p.answers = append(p.answers, statusExtension) }, at: "server_hello_done",
			before: func(p *peer) { p.says([]byte{12, 0, 0, 11, 0, 1, 1, 0, 1, 3, 4, 1, 0, 1, 0}) }, path: "server_key_exchange", ends: true,
		},
		{
			rule: finding.UnexpectedMessage, does: "sends a message that nobody knows", in: tls13, at: "certificate",
			before: func(p *peer) { p.says([]byte{99, 0, 0, 0}) }, path: "handshake_99", ends: true,
		},
		{
			rule: finding.UnexpectedMessage, does: "sends data before the end", in: tls13, at: "finished",
			before: func(p *peer) { p.engine.Data(nil); p.listen() }, ends: true,
		},
		{
			rule: finding.CCSValue, does: "sends a 2", in: tls13, at: "change_cipher_spec",
			raw: func([]byte) []byte { return []byte{2} }, path: "change_cipher_spec.type",
		},
		{
			rule: finding.CCSUnexpected, does: "changes before it is done", in: tls12, at: "server_hello_done",
			before: func(p *peer) { p.changes([]byte{1}) }, path: "change_cipher_spec", ends: true,
		},
		{
			rule: finding.CCSUnexpected, does: "changes before its hello", in: tls12, at: "server_hello",
			set: func(p *peer) { p.offer.Max = iana.TLS13 }, before: func(p *peer) { p.changes([]byte{1}) }, path: "server_hello",
		},
		{
			rule: finding.CCSUnexpected, does: "changes after TLS 1.3 is complete", in: tls13, at: "",
			before: func(p *peer) { p.changes([]byte{1}) }, path: "change_cipher_spec", ends: true,
		},
	}
}

func badHellos() []badPeer {
	hello := func(f func(*peer, *message.ServerHello)) func(*peer, message.Message) {
		return func(p *peer, m message.Message) { f(p, m.(*message.ServerHello)) }
	}
	const at = "server_hello"
	return []badPeer{
		{
			rule: finding.VersionNotOffered, does: "chooses TLS 1.1", in: tls11, at: at,
			set: func(p *peer) { p.offer.Min, p.offer.Max = iana.TLS12, iana.TLS12 }, path: at + ".legacy_version",
		},
		{
			rule: finding.VersionNotOffered, does: "chooses TLS 1.3 without the extension", in: tls13, at: at,
			edit: hello(func(_ *peer, h *message.ServerHello) {
				h.LegacyVersion = iana.TLS13
				h.Extensions = slices.DeleteFunc(h.Extensions, func(x message.Extension) bool { return x.Type == iana.ExtSupportedVersions })
			}),
			path: at + ".legacy_version", ends: true,
		},
		{
			rule: finding.SelectedVersionNotOffered, does: "chooses what comes after TLS 1.3", in: tls13, at: at,
			edit: hello(func(_ *peer, h *message.ServerHello) {
				sv, _ := message.Get[*message.SelectedVersion](h.Extensions)
				sv.Version = 0x0305
			}),
			path: at + ".extensions.supported_versions.selected_version", ends: true,
		},
		{
			rule: finding.PointFormats, does: "compresses its points only", in: tls12, at: at,
			set:  withAnswer(iana.ExtECPointFormats, &message.ECPointFormats{Formats: []iana.ECPointFormat{1}}),
			path: at + ".extensions.ec_point_formats.ec_point_format_list",
		},
		{
			rule: finding.EncryptThenMAC, does: "answers for GCM", in: tls12, at: at,
			set:  withAnswer(iana.ExtEncryptThenMAC, &message.Acknowledgement{}),
			path: at + ".extensions.encrypt_then_mac",
		},
		{
			rule: finding.SelectedVersionOld, does: "chooses TLS 1.2 with the extension", in: tls12, at: at,
			set: func(p *peer) {
				p.offer.Max = iana.TLS13
				p.answers = append(p.answers, message.Extension{Type: iana.ExtSupportedVersions, Body: &message.SelectedVersion{Version: iana.TLS12}})
			},
			path: at + ".extensions.supported_versions.selected_version",
		},
		{
			rule: finding.LegacyVersion, does: "says TLS 1.1 there", in: tls13, at: at,
			edit: hello(func(_ *peer, h *message.ServerHello) { h.LegacyVersion = iana.TLS11 }), path: at + ".legacy_version",
		},
		{
			rule: finding.SuiteNotOffered, does: "chooses ChaCha20", in: tls13, at: at,
			set: func(p *peer) {
				p.suite = iana.TLS_CHACHA20_POLY1305_SHA256
				p.offer.CipherSuites = []iana.CipherSuite{iana.TLS_AES_128_GCM_SHA256}
			},
			path: at + ".cipher_suite",
		},
		{
			rule: finding.SuiteVersion, does: "chooses a suite of TLS 1.2 for TLS 1.3", in: tls13, at: at,
			edit: hello(func(_ *peer, h *message.ServerHello) { h.CipherSuite = iana.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 }),
			path: at + ".cipher_suite", ends: true,
		},
		{
			rule: finding.SuiteVersion, does: "chooses a suite of TLS 1.3 for TLS 1.2", in: tls12, at: at,
			set:  func(p *peer) { p.offer.CipherSuites = append(p.offer.CipherSuites, iana.TLS_AES_128_GCM_SHA256) },
			edit: hello(func(_ *peer, h *message.ServerHello) { h.CipherSuite = iana.TLS_AES_128_GCM_SHA256 }),
			path: at + ".cipher_suite", ends: true,
		},
		{
			rule: finding.SuiteVersion, does: "chooses a suite with SHA-256 for TLS 1.1", in: tls11, at: at,
			set: func(p *peer) {
				p.suite = iana.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256
				p.offer.CipherSuites = append(p.offer.CipherSuites, p.suite)
			},
			path: at + ".cipher_suite",
		},
		{
			rule: finding.SessionIDEcho, does: "echoes something else", in: tls13, at: at,
			edit: hello(func(_ *peer, h *message.ServerHello) { h.SessionIDEcho = []byte("no echo") }), path: at + ".legacy_session_id_echo",
		},
		{
			rule: finding.SessionIDEcho, does: "claims to resume", in: tls12, at: at,
			set:  func(p *peer) { p.offer.Max = iana.TLS13 },
			edit: hello(func(p *peer, h *message.ServerHello) { h.SessionIDEcho = p.hello.SessionID }),
			path: at + ".legacy_session_id_echo", ends: true,
		},
		{
			rule: finding.Compression, does: "compresses", in: tls12, at: at,
			edit: hello(func(_ *peer, h *message.ServerHello) { h.Compression = 1 }), path: at + ".legacy_compression_method", ends: true,
		},
		{
			rule: finding.KeyShareMissing, does: "leaves it out", in: tls13, at: at,
			edit: hello(func(_ *peer, h *message.ServerHello) { h.Extensions = h.Extensions[:1] }), path: at + ".extensions", ends: true,
		},
		{
			rule: finding.KeyShareGroup, does: "chooses another group", in: tls13, at: at,
			set: func(p *peer) { p.group = iana.Secp521r1 }, path: at + ".extensions.key_share.server_share.group", ends: true,
		},
		{
			rule: finding.KeyShareValue, does: "sends a point that is none", in: tls13, at: at,
			set: func(p *peer) { p.group = iana.Secp256r1 },
			edit: hello(func(_ *peer, h *message.ServerHello) {
				h.Extensions[1].Body.(*message.ServerKeyShare).Share.KeyExchange = bytes.Repeat([]byte{4}, 65)
			}),
			path: at + ".extensions.key_share.server_share.key_exchange", ends: true,
		},
		{
			rule: finding.KeyShareValue, does: "sends the point of order one", in: tls13, at: at,
			edit: hello(func(_ *peer, h *message.ServerHello) {
				h.Extensions[1].Body.(*message.ServerKeyShare).Share.KeyExchange = make([]byte, 32)
			}),
			path: at + ".extensions.key_share.server_share.key_exchange", ends: true,
		},
		{
			rule: finding.RenegotiationInfo, does: "remembers another handshake", in: tls12, at: at,
			set: func(p *peer) {
				p.answers = message.Extensions{{Type: iana.ExtRenegotiationInfo, Body: &message.RenegotiationInfo{RenegotiatedConnection: make([]byte, 12)}}}
			},
			path: at + ".extensions.renegotiation_info.renegotiated_connection",
		},
	}
}

// withAnswer has the server answer one extension more.
func withAnswer(t iana.ExtensionType, body message.ExtensionBody) func(*peer) {
	return func(p *peer) { p.answers = append(slices.Clip(p.answers), message.Extension{Type: t, Body: body}) }
}

func badExtensions() []badPeer {
	const x = "encrypted_extensions.extensions."
	const list = x + "application_layer_protocol_negotiation.protocol_name_list"
	says := func(names ...string) func(*peer, message.Message) {
		return func(_ *peer, m message.Message) { m.(*message.EncryptedExtensions).Extensions[0].Body = alpn(names) }
	}
	return []badPeer{
		{
			rule: finding.RecordSizeLimit, does: "reads 63 bytes at most", in: tls13, at: "encrypted_extensions",
			set: withAnswer(iana.ExtRecordSizeLimit, &message.RecordSizeLimit{Limit: 63}), path: x + "record_size_limit.record_size_limit",
		},
		{
			rule: finding.ExtensionDuplicate, does: "asks for a certificate twice over", in: tls13Client, at: "certificate_request",
			edit: func(_ *peer, m message.Message) {
				r := m.(*message.CertificateRequest)
				r.Extensions = append(r.Extensions, r.Extensions[0])
			},
			path: "certificate_request.extensions.signature_algorithms#2",
		},
		{
			rule: finding.ExtensionUnsolicited, does: "answers what nobody knows", in: tls13, at: "encrypted_extensions",
			set: withAnswer(0xfafa, nil), path: x + "0xfafa",
		},
		{
			rule: finding.ExtensionUnsolicited, does: "answers heartbeat in a hello", in: tls12, at: "server_hello",
			set: withAnswer(iana.ExtHeartbeat, &message.Heartbeat{Mode: 1}), path: "server_hello.extensions.heartbeat",
		},
		{
			rule: finding.ExtensionUnsolicited, does: "answers in a certificate", in: tls13, at: "certificate",
			edit: func(_ *peer, m message.Message) {
				m.(*message.Certificate).List[0].Extensions = message.Extensions{{Type: 0xfafa}}
			},
			path: "certificate.certificate_list[0].extensions.0xfafa",
		},
		{
			rule: finding.ExtensionDuplicate, does: "answers server_name twice", in: tls13, at: "encrypted_extensions",
			set: withAnswer(iana.ExtServerName, &message.Acknowledgement{}), path: x + "server_name#2",
		},
		{
			rule: finding.ExtensionMisplaced, does: "answers supported_versions under protection", in: tls13, at: "encrypted_extensions",
			set: withAnswer(iana.ExtSupportedVersions, &message.SelectedVersion{Version: iana.TLS13}), path: x + "supported_versions",
		},
		{rule: finding.ALPNCount, does: "chooses two protocols", in: tls13, at: "encrypted_extensions", edit: says("h2", "http/1.1"), path: list},
		{rule: finding.ALPNNotOffered, does: "chooses another protocol", in: tls13, at: "encrypted_extensions", edit: says("spdy/1"), path: list + "[0]"},
	}
}

func badRetries() []badPeer {
	const retry = "hello_retry_request"
	hello := func(f func(*peer, *message.ServerHello)) func(*peer, message.Message) {
		return func(p *peer, m message.Message) { f(p, m.(*message.ServerHello)) }
	}
	const selected = retry + ".extensions.key_share.selected_group"
	return []badPeer{
		{
			rule: finding.RetrySecond, does: "asks once more", in: tls13Retried, at: "server_hello",
			before: func(p *peer) { p.says(p.encode(makeRetry(p))) }, path: retry + "#2", ends: true,
		},
		{
			rule: finding.RetryNoChange, does: "asks for nothing", in: tls13Retried, at: retry,
			edit: hello(func(_ *peer, h *message.ServerHello) { h.Extensions = h.Extensions[:1] }), path: retry + ".extensions", ends: true,
		},
		{
			rule: finding.RetryNoVersion, does: "does not say its version", in: tls13Retried, at: retry,
			edit: hello(func(_ *peer, h *message.ServerHello) {
				h.Extensions = slices.DeleteFunc(h.Extensions, func(x message.Extension) bool { return x.Type == iana.ExtSupportedVersions })
			}),
			path: retry + ".extensions", ends: true,
		},
		{
			rule: finding.RetryGroupNotOffered, does: "asks for P-521", in: tls13Retried, at: retry,
			set:  func(p *peer) { p.group, p.offer.Groups = iana.Secp521r1, []iana.Group{iana.X25519, iana.Secp256r1} },
			path: selected,
		},
		{
			rule: finding.RetryGroupShared, does: "asks for what it has", in: tls13Retried, at: retry,
			set: func(p *peer) { p.group = iana.X25519 }, path: selected,
		},
		{
			rule: finding.RetrySuiteChanged, does: "chooses ChaCha20 then", in: tls13Retried, at: "server_hello",
			before: func(p *peer) { p.suite = iana.TLS_CHACHA20_POLY1305_SHA256 },
			edit:   hello(func(_ *peer, h *message.ServerHello) { h.CipherSuite = iana.TLS_CHACHA20_POLY1305_SHA256 }),
			path:   "server_hello.cipher_suite",
		},
		{
			rule: finding.RetryVersionChanged, does: "chooses TLS 1.2 then", in: tls13Retried, at: "server_hello",
			edit: hello(func(_ *peer, h *message.ServerHello) {
				h.Extensions, h.HasExtensions, h.SessionIDEcho = nil, false, nil
				h.CipherSuite = iana.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
			}),
			path: "server_hello", ends: true,
		},
		{
			rule: finding.RetryGroupIgnored, does: "chooses X25519 then", in: tls13Retried, at: "server_hello",
			before: func(p *peer) { p.group = iana.X25519 },
			edit: hello(func(_ *peer, h *message.ServerHello) {
				h.Extensions[1].Body = &message.ServerKeyShare{Share: message.KeyShareEntry{Group: iana.X25519, KeyExchange: bytes.Repeat([]byte{9}, 32)}}
			}),
			path: "server_hello.extensions.key_share.server_share.group", ends: true,
		},
	}
}

func badCertificates() []badPeer {
	const leaf = "certificate.certificate_list[0].cert"
	certificate := func(f func(*message.Certificate)) func(*peer, message.Message) {
		return func(_ *peer, m message.Message) { f(m.(*message.Certificate)) }
	}
	return []badPeer{
		{
			rule: finding.CertificateEmpty, does: "sends none", in: tls13, at: "certificate",
			edit: certificate(func(c *message.Certificate) { c.List = nil }), path: "certificate.certificate_list", ends: true,
		},
		{
			rule: finding.CertificateEmpty, does: "sends none in TLS 1.2", in: tls12, at: "certificate",
			edit: certificate(func(c *message.Certificate) { c.List = nil }), path: "certificate.certificate_list", ends: true,
		},
		{
			rule: finding.CertificateContext, does: "answers a request", in: tls13, at: "certificate",
			edit: certificate(func(c *message.Certificate) { c.RequestContext = []byte("context") }), path: "certificate.certificate_request_context",
		},
		{
			rule: finding.CertificateUnreadable, does: "sends noise", in: tls13, at: "certificate",
			edit: certificate(func(c *message.Certificate) { c.List[0].Cert = []byte("this is no DER") }), path: leaf,
		},
		{
			rule: finding.CertificateUnreadable, does: "sends noise in TLS 1.2", in: tls12, at: "certificate",
			edit: certificate(func(c *message.Certificate) { c.List[0].Cert = []byte("this is no DER") }), path: leaf,
		},
		{
			rule: finding.CertificateKey, does: "has an RSA key for ECDSA", in: tls12, at: "certificate",
			set: func(p *peer) { p.id, p.scheme = rsaIdentity(), iana.RSAPKCS1SHA256 }, path: leaf,
		},
		{
			rule: finding.CertificateKey, does: "has an ECDSA key to be encrypted to", in: tls12RSA, at: "certificate",
			set: func(p *peer) { p.id = ecdsaIdentity() }, path: leaf, ends: true,
		},
		{
			rule: finding.WeakKey, does: "has an RSA key of 1024 bits", in: tls13, at: "certificate",
			set: func(p *peer) { p.id, p.scheme = weakRSAIdentity(), iana.RSAPSSRSAESHA256 }, path: leaf + ".tbs.subject_public_key_info",
		},
		{
			rule: finding.RequestContext, does: "names its request", in: tls13Client, at: "certificate_request",
			edit: func(_ *peer, m message.Message) { m.(*message.CertificateRequest).RequestContext = []byte{7} },
			path: "certificate_request.certificate_request_context",
		},
		{
			rule: finding.RequestAnonymous, does: "asks without a certificate", in: tls12Anonymous, at: "server_hello_done",
			before: func(p *peer) { p.says(p.encode(makeRequest12(p))) }, path: "certificate_request",
		},
		{
			rule: finding.RequestNoSchemes, does: "does not say how to sign", in: tls13Client, at: "certificate_request",
			edit: func(_ *peer, m message.Message) { m.(*message.CertificateRequest).Extensions = nil }, path: "certificate_request.extensions",
		},
		{
			rule: finding.SchemeNotOffered, does: "signs with ECDSA", in: tls13, at: "certificate_verify",
			set: func(p *peer) { p.offer.Schemes = []iana.SignatureScheme{iana.RSAPSSRSAESHA256} }, path: "certificate_verify.algorithm",
		},
		{
			rule: finding.SchemeNotOffered, does: "signs its parameters with ECDSA", in: tls12, at: "server_key_exchange",
			set: func(p *peer) { p.offer.Schemes = []iana.SignatureScheme{iana.RSAPSSRSAESHA256} }, path: "server_key_exchange.algorithm",
		},
		{
			rule: finding.SchemeForbidden, does: "signs with PKCS#1", in: tls13, at: "certificate_verify",
			set: func(p *peer) { p.id, p.scheme = rsaIdentity(), iana.RSAPKCS1SHA256 }, path: "certificate_verify.algorithm",
		},
		{
			rule: finding.SchemeKey, does: "signs with the scheme of P-384", in: tls13, at: "certificate_verify",
			set: func(p *peer) { p.scheme = iana.ECDSASecp384r1SHA384 }, path: "certificate_verify.algorithm",
		},
	}
}

// prime of some size: for these numbers nobody looks whether it is one.
func oddNumber(bits uint) func() *big.Int {
	return func() *big.Int {
		n := new(big.Int).Lsh(big.NewInt(1), bits)
		return n.Sub(n, big.NewInt(105))
	}
}

func badExchanges() []badPeer {
	const params = "server_key_exchange.params."
	const at = "server_key_exchange"
	parameters := func(f func(*message.ServerKeyExchange)) func(*peer, message.Message) {
		return func(p *peer, m message.Message) {
			k := m.(*message.ServerKeyExchange)
			f(k)
			p.signParams(k)
		}
	}
	return []badPeer{
		{
			rule: finding.GroupNotOffered, does: "chooses P-521", in: tls12, at: at,
			set:  func(p *peer) { p.group, p.offer.Groups = iana.Secp521r1, []iana.Group{iana.X25519, iana.Secp256r1} },
			path: params + "named_curve",
		},
		{
			rule: finding.ExplicitCurve, does: "describes a curve", in: tls12, at: at,
			edit: func(_ *peer, m message.Message) { m.(*message.ServerKeyExchange).EC.CurveType = message.ExplicitPrime },
			path: params + "curve_type", ends: true,
		},
		{
			rule: finding.PublicValue, does: "sends a point that is none", in: tls12, at: at,
			set:  func(p *peer) { p.group = iana.Secp256r1 },
			edit: parameters(func(k *message.ServerKeyExchange) { k.EC.Public = bytes.Repeat([]byte{4}, 65) }),
			path: params + "public", ends: true,
		},
		{
			rule: finding.PublicValue, does: "sends 1", in: tls12DHE, at: at,
			edit: parameters(func(k *message.ServerKeyExchange) { k.DH.Y = []byte{1} }), path: params + "dh_ys", ends: true,
		},
		{
			rule: finding.PublicValue, does: "has an even prime", in: tls12DHE, at: at,
			edit: parameters(func(k *message.ServerKeyExchange) { k.DH.P[len(k.DH.P)-1]-- }), path: params + "dh_p", ends: true,
		},
		{
			rule: finding.DHTooLarge, does: "has a prime of 16384 bits", in: tls12DHE, at: at,
			edit: parameters(func(k *message.ServerKeyExchange) { k.DH.P = oddNumber(16384)().Bytes() }), path: params + "dh_p", ends: true,
		},
		{
			rule: finding.WeakGroup, does: "has a prime of 1024 bits", in: tls12DHE, at: at,
			set: func(p *peer) { p.prime = oddNumber(1024)() }, path: params + "dh_p",
		},
	}
}

func badEnds() []badPeer {
	return []badPeer{
		{
			rule: finding.FinishedLength, does: "cuts it short", in: tls13, at: "finished",
			edit: func(_ *peer, m message.Message) { f := m.(*message.Finished); f.VerifyData = f.VerifyData[:12] }, path: "finished.verify_data",
		},
		{
			rule: finding.FinishedLength, does: "makes it long in TLS 1.2", in: tls12, at: "finished",
			edit: func(_ *peer, m message.Message) { f := m.(*message.Finished); f.VerifyData = append(f.VerifyData, 0) }, path: "finished#2.verify_data",
		},
		{
			rule: finding.TicketLifetime, does: "gives out one for a year", in: tls13, at: "new_session_ticket",
			edit: func(_ *peer, m message.Message) { m.(*message.NewSessionTicket).Lifetime = 365 * 86400 }, path: "new_session_ticket.ticket_lifetime",
		},
		{
			rule: finding.TicketMissing, does: "forgets it", in: tls12Promised, at: "change_cipher_spec",
			before: func(*peer) {}, path: "change_cipher_spec",
		},
		{
			rule: finding.TicketUnpromised, does: "gives out one", in: tls12Plain, at: "change_cipher_spec",
			before: func(p *peer) { p.says(p.encode(makeTicket12(p))) }, path: "new_session_ticket",
		},
		{
			rule: finding.KeyUpdateValue, does: "asks for something else", in: tls13, at: "key_update",
			edit: func(_ *peer, m message.Message) { m.(*message.KeyUpdate).RequestUpdate = 2 }, path: "key_update.request_update",
		},
		{
			rule: finding.AlertLevel, does: "says goodbye fatally", in: tls13, at: "",
			before: func(p *peer) { p.alerts(iana.Fatal, iana.AlertCloseNotify) }, path: "alert.level",
		},
		{
			rule: finding.AlertLevel, does: "has a level that nobody knows", in: tls12, at: "",
			before: func(p *peer) { p.alerts(7, iana.AlertCloseNotify) }, path: "alert.level",
		},
		{
			rule: finding.NoCloseNotify, does: "hangs up", in: tls13, at: "",
			before: func(p *peer) { p.engine.EndOfStream("eof"); p.listen() },
		},
	}
}
