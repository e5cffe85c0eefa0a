package demo

import (
	"crypto"
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"
)

// identity is the recipe of a server's certificate. The zero value is a good one: root,
// intermediate, leaf, ECDSA P-256 throughout.
type identity struct {
	key KeyType
	// issuer is the kind of the keys of root and intermediate.
	issuer KeyType
	names  []string
	// subject and issuerName, if set, replace the usual ones.
	subject, issuerName func() pkix.Name
	// starts and ends are relative to now; if both are zero the usual ones hold.
	starts, ends time.Duration
	// intermediates is the number between root and leaf, 1 if zero.
	intermediates int
	// stranger lets the client trust another root.
	stranger, selfSigned, incomplete, staple, scts bool
	// impostor signs the handshake with a key that is not the certificate's.
	impostor bool
}

// issued is what came of a recipe.
type issued struct {
	cert  tls.Certificate
	root  *CA    // also for clients' certificates
	trust []byte // PEM of what the client should trust
}

// issue carries the recipe out.
func (id identity) issue(clock func() time.Time, rand io.Reader) (issued, error) {
	root, err := NewCA(CAOptions{Key: id.issuer, Clock: clock, Rand: rand})
	if err != nil {
		return issued{}, err
	}
	ca := root
	for i := range max(id.intermediates, 1) {
		name := commonName("tlsprobe demo intermediate")
		if i > 0 {
			name = commonName(fmt.Sprintf("tlsprobe demo intermediate %d", i+1))
		}
		if id.issuerName != nil {
			name = id.issuerName()
		}
		if ca, err = ca.Intermediate(name, id.issuer); err != nil {
			return issued{}, err
		}
	}
	leaf, err := id.leaf(clock(), rand)
	if err != nil {
		return issued{}, err
	}
	out := issued{root: root, trust: root.PEM()}
	if out.cert, err = ca.Issue(leaf); err != nil {
		return issued{}, err
	}
	if id.impostor {
		other, err := id.key.generate(rand)
		if err != nil {
			return issued{}, err
		}
		out.cert.PrivateKey = impostor{other, out.cert.PrivateKey.(crypto.Signer).Public()}
	}
	if id.stranger {
		other, err := NewCA(CAOptions{Subject: commonName("an unrelated root"), Clock: clock, Rand: rand})
		if err != nil {
			return issued{}, err
		}
		out.trust = other.PEM()
	}
	return out, nil
}

func (id identity) leaf(now time.Time, rand io.Reader) (LeafOptions, error) {
	o := LeafOptions{Key: id.key, Names: id.names, SelfSigned: id.selfSigned, OmitChain: id.incomplete, Staple: id.staple}
	if id.subject != nil {
		o.Subject = id.subject()
	}
	if id.starts != 0 || id.ends != 0 {
		o.NotBefore, o.NotAfter = now.Add(id.starts).Truncate(time.Second), now.Add(id.ends).Truncate(time.Second)
	}
	if id.scts {
		for range 2 {
			sct, err := timestamp(now, rand)
			if err != nil {
				return LeafOptions{}, err
			}
			o.SCTs = append(o.SCTs, sct)
		}
	}
	return o, nil
}

// timestamp is a SignedCertificateTimestamp of a log that does not exist: well-formed, with a
// signature that nobody can check. RFC 6962, Section 3.2.
func timestamp(now time.Time, rand io.Reader) ([]byte, error) {
	random := make([]byte, 32+64)
	if _, err := io.ReadFull(rand, random); err != nil {
		return nil, fmt.Errorf("making a certificate timestamp: %w", err)
	}
	sct := append([]byte{0}, random[:32]...) // version 1, log_id
	sct = binary.BigEndian.AppendUint64(sct, uint64(now.Add(-backdated).UnixMilli()))
	sct = binary.BigEndian.AppendUint16(sct, 0) // no extensions
	sct = append(sct, 4, 3)                     // sha256, ecdsa
	// A DER sequence of two positive integers of 32 bytes.
	signature := []byte{0x30, 68, 2, 32}
	random[32], random[64] = random[32]&0x7f|0x40, random[64]&0x7f|0x40
	signature = append(signature, random[32:64]...)
	signature = append(signature, 2, 32)
	signature = append(signature, random[64:]...)
	sct = binary.BigEndian.AppendUint16(sct, uint16(len(signature)))
	return append(sct, signature...), nil
}

// hostileName holds what would move a cursor, end a line, reverse the text, open a tag, start a
// command of a CI system, or fill the screen.
func hostileName() pkix.Name {
	return pkix.Name{
		CommonName:         "\x1b[2J\x1b[31mlocalhost\x1b[0m\r\nok    trust    fine\x07",
		Organization:       []string{"\u202eknaB\u202c <script>alert(1)</script>", "::error::\n::set-output name=a::b"},
		OrganizationalUnit: []string{strings.Repeat("long ", 12_000), "\u009b31m\u2028\u200b\ufeff", "a\x00b"},
		Locality:           []string{"=cmd|' /C calc'!A0", "\x1b]0;title\x07", "\x1b]8;;https://evil.test\x1b\\link"},
	}
}

// manyNames makes a certificate of some 50 kB.
func manyNames() []string {
	names := localNames()
	for i := range 1000 {
		names = append(names, fmt.Sprintf("host-%04d.of-a-large-certificate.tlsprobe.test", i))
	}
	return names
}
