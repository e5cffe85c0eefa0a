package audit

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// newer is what came of extensions that TLS 1.3 alone has.
type newer struct {
	compression []choice[iana.CompressionAlgorithm]
	compressed  Answer // yes or no: it is known whether it compresses certificates
	ech         answer
}

// askNewer offers compressed certificates, and with the first hello a decoy of an encrypted one: neither changes what the
// other is answered. A server that refuses that hello is asked for each alone.
func (e *enumeration) askNewer(ctx context.Context) (n newer) {
	if !e.has(iana.TLS13) {
		return n
	}
	decoy, err := e.decoy()
	if err != nil {
		n.ech.reason, n.compressed = err.Error(), unknownOf(err.Error())
		return n
	}
	first := e.askCompression(ctx, allCompressions(), decoy)
	if n.ech = first; first.outcome == refused {
		n.ech = e.askDecoy(ctx, decoy)
		first = e.askCompression(ctx, allCompressions())
	}
	var end answer
	n.compression, end = eliminate(allCompressions(), func(rest []iana.CompressionAlgorithm) answer {
		got := first
		if len(rest) < len(allCompressions()) {
			got = e.askCompression(ctx, rest)
		}
		if got.outcome == accepted && got.compressed == nil {
			return answer{outcome: refused, reason: "it goes on without", connection: got.connection}
		}
		return got
	}, compressionOf)
	n.compressed = completeFrom(&end)
	if len(n.compression) == 0 {
		n.compressed = noFrom(&end)
	}
	return n
}

// allCompressions are the algorithms of the registry. RFC 8879, Section 7.3.
func allCompressions() []iana.CompressionAlgorithm {
	return slices.DeleteFunc(slices.Collect(iana.AllCompressionAlgorithms()), func(a iana.CompressionAlgorithm) bool { return a == 0 })
}

func compressionOf(a *answer) (iana.CompressionAlgorithm, bool) {
	if a.compressed == nil {
		return 0, false
	}
	return a.compressed.Algorithm, true
}

func (e *enumeration) askCompression(ctx context.Context, list []iana.CompressionAlgorithm, more ...edit) answer {
	a := e.plain(iana.TLS13).with(anySignedBy, extend(iana.ExtCompressCertificate, &message.CompressCertificate{Algorithms: list})).with(more...)
	a.until = untilFlight
	return e.server.ask(ctx, a)
}

func (e *enumeration) askDecoy(ctx context.Context, decoy edit) answer {
	a := e.plain(iana.TLS13).with(decoy)
	a.until = untilExtensions
	return e.server.ask(ctx, a)
}

// Of a decoy of an encrypted hello: HKDF-SHA256, AES-128-GCM (RFC 9180, Section 7), and lengths as those of X25519 and of an
// ordinary hello, padded and sealed.
const (
	decoyKDF     = 1
	decoyAEAD    = 1
	decoyEnc     = 32
	decoyPayload = 208
)

// decoy makes the extension that no key opens. A server that has keys for encrypted hellos must send them then, and any other
// must not mind. RFC 9849, Sections 6.2 and 7.1.
func (e *enumeration) decoy() (edit, error) {
	random := make([]byte, 1+decoyEnc+decoyPayload)
	if _, err := io.ReadFull(e.server.rand, random); err != nil {
		return nil, fmt.Errorf("read random: %w", err)
	}
	return extend(iana.ExtEncryptedClientHello, &message.EncryptedClientHello{
		KDF: decoyKDF, AEAD: decoyAEAD, ConfigID: random[0], Enc: random[1 : 1+decoyEnc], Payload: random[1+decoyEnc:],
	}), nil
}

func (e *enumeration) compressionAnswer() (Answer, []string) {
	if !e.has(iana.TLS13) {
		return skipped("only TLS 1.3 has it"), nil
	}
	return e.features.newer.compressed, names(values(e.features.newer.compression))
}

func (e *enumeration) encryptedHelloAnswer() (Answer, []string) {
	if !e.has(iana.TLS13) {
		return skipped("only TLS 1.3 has it"), nil
	}
	a := &e.features.newer.ech
	x := a.find(iana.ExtEncryptedClientHello)
	if a.outcome != accepted || x == nil {
		return extensionAnswer(a, iana.ExtEncryptedClientHello), nil
	}
	r, ok := x.Body.(*message.ECHRetryConfigs)
	if !ok {
		return Answer{Status: Unknown, Reason: "its keys for encrypted hellos can't be read", Connection: a.connection}, nil
	}
	var list []string
	for _, c := range r.Configs[:min(len(r.Configs), maxConfigs)] {
		list = append(list, fmt.Sprintf("a key of version 0x%04x", c.Version))
	}
	return yesAt(a.connection), list
}

// maxConfigs bounds the configurations that are listed.
const maxConfigs = 16
