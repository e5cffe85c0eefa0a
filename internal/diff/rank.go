package diff

import (
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// A rank orders the values of a fact in one respect: more is better. It reports false for a value of which that can't be said.
// The empty value is that of something absent. Since better and worse come from the order of two numbers, they change places
// when the two sides do.
type rank func(value string) (int, bool)

func rankVersion(v string) (int, bool) {
	version, err := iana.ParseVersion(v)
	return int(version), err == nil && version != 0
}

// ofSuite makes a rank of what a suite is made of.
func ofSuite(of func(iana.SuiteParams) int) rank {
	return func(v string) (int, bool) {
		suite, err := iana.ParseCipherSuite(v)
		if err != nil {
			return 0, false
		}
		p, ok := suite.Params()
		return of(p), ok
	}
}

// forwardSecrecy: the key exchanges with fresh keys on both sides. RFC 9325, Section 4.1.
func forwardSecrecy(p iana.SuiteParams) int {
	switch p.KeyExchange {
	case iana.KeyExchangeAny, iana.KeyExchangeDHE, iana.KeyExchangeECDHE, iana.KeyExchangeDHEPSK, iana.KeyExchangeECDHEPSK:
		return 1
	}
	return 0
}

func aead(p iana.SuiteParams) int {
	if p.MAC == iana.MACAEAD && p.Cipher != iana.CipherNULL {
		return 1
	}
	return 0
}

func authenticated(p iana.SuiteParams) int {
	if p.Authentication == iana.AuthenticationAnon || p.Authentication == iana.AuthenticationNULL {
		return 0
	}
	return 1
}

// cipherStrength sorts ciphers into those that hide nothing, that are broken at once, that are broken with patience (RFC 7465 for RC4,
// RFC 9325, Section 4.1, for what has 64-bit blocks or less than 112 bits), and the others, among which there is no order.
func cipherStrength(p iana.SuiteParams) int {
	const none, export, weak, strong = 0, 1, 2, 3
	if p.Export {
		return export
	}
	switch p.Cipher {
	case iana.CipherNULL:
		return none
	case iana.CipherRC4_40, iana.CipherRC2_40, iana.CipherDES40, iana.CipherDES, iana.CipherDES56Export, iana.CipherRC4_56, iana.CipherRC2_56:
		return export
	case iana.CipherRC4_128, iana.CipherIDEA, iana.Cipher3DES:
		return weak
	}
	return strong
}

// rankQuantum: whether recorded traffic stays secret from a quantum computer. Of what has no name here nothing can be said.
func rankQuantum(v string) (int, bool) {
	if v == "" || isFieldText(v) {
		return 0, true
	}
	group, err := iana.ParseGroup(v)
	if err != nil {
		return 0, false
	}
	info, ok := group.Info()
	if info.PQCategory > 0 {
		return 1, ok
	}
	return 0, ok
}

// rankGroup tells groups of less than about a hundred bits of strength from the others, among which there is no order.
func rankGroup(v string) (int, bool) {
	const enough = 100 // ffdhe2048 has 103: RFC 7919, Appendix A.1
	strength := 0
	switch {
	case v == "":
		return 0, false
	case isFieldText(v):
		strength = iana.FieldStrength(fieldBits(v))
	default:
		group, err := iana.ParseGroup(v)
		if err != nil {
			return 0, false
		}
		info, ok := group.Info()
		if !ok || info.Strength == 0 {
			return 0, false
		}
		strength = info.Strength
	}
	if strength < enough {
		return 0, true
	}
	return 1, true
}

// fieldPrefix and fieldSuffix surround the size of a finite-field group without a name.
const (
	fieldPrefix = "DHE "
	fieldSuffix = " bits"
)

func isFieldText(v string) bool {
	return strings.HasPrefix(v, fieldPrefix) && strings.HasSuffix(v, fieldSuffix)
}

func fieldBits(v string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(v, fieldPrefix), fieldSuffix))
	return n
}

// rankSignature tells the hashes for which collisions can be made from the others. RFC 9155, RFC 6151.
func rankSignature(v string) (int, bool) {
	if v == "" {
		return 0, false
	}
	lower := strings.ToLower(v)
	switch {
	case strings.Contains(lower, "md5"), strings.Contains(lower, "md2"):
		return 0, true
	case strings.Contains(lower, "sha1"):
		return 1, true
	}
	return 2, true
}

// rankPresent: something is better than nothing.
func rankPresent(v string) (int, bool) {
	if v == "" || v == no {
		return 0, true
	}
	return 1, true
}

// rankAbsent: nothing is better than something.
func rankAbsent(v string) (int, bool) {
	n, ok := rankPresent(v)
	return -n, ok
}

// yes and no are the values of facts that are one or the other.
const (
	yes = "yes"
	no  = "no"
)

// rankCount tells none from some.
func rankCount(v string) (int, bool) {
	if v == "" || v == "0" {
		return 0, true
	}
	return 1, true
}

// rankNull: no compression is the only safe one. RFC 9325, Section 3.3.
func rankNull(v string) (int, bool) {
	if v == "NULL" {
		return 1, true
	}
	return 0, v != ""
}

func rankTime(v string) (int, bool) {
	t, err := time.Parse(time.RFC3339, v)
	return int(t.Unix()), err == nil
}

func rankNumber(v string) (int, bool) {
	n, err := strconv.Atoi(v)
	return n, err == nil
}

// rankKey is the strength of a certificate's key in bits, read from the words that package cert has for it.
func rankKey(v string) (int, bool) {
	kind, rest, _ := strings.Cut(v, " ")
	switch kind {
	case "RSA", "RSA-PSS", "DSA":
		n, err := strconv.Atoi(strings.TrimSuffix(rest, fieldSuffix))
		return iana.FieldStrength(n), err == nil
	case "ECDSA":
		digits := strings.IndexAny(rest, "0123456789")
		if digits < 0 {
			return 0, false
		}
		rest = rest[digits:]
		end := 0
		for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
			end++
		}
		n, err := strconv.Atoi(rest[:end])
		return n / 2, err == nil && n >= 64
	case "Ed25519":
		return 128, true
	case "Ed448":
		return 224, true
	}
	return 0, false
}

// rankReached: whether the peer answers at all. What was interrupted says nothing of it.
func rankReached(v string) (int, bool) {
	n, ok := map[string]int{"network": 0, "handshake_failed": 1, "untrusted": 1, "ok": 1}[v]
	return n, ok
}

// rankFinished: whether a handshake that was begun came to its end.
func rankFinished(v string) (int, bool) {
	n, ok := map[string]int{"handshake_failed": 0, "untrusted": 1, "ok": 1}[v]
	return n, ok
}

// rankTrusted: whether the certificate of a finished handshake is trusted.
func rankTrusted(v string) (int, bool) {
	n, ok := map[string]int{"untrusted": 0, "ok": 1}[v]
	return n, ok
}

// rankStatus: of a check that could not be made it isn't known whether it would have failed.
func rankStatus(v string) (int, bool) {
	n, ok := map[string]int{"fail": 1, "unknown": 2, "warn": 3, "info": 4, "skip": 4, "pass": 4, "": 4}[v]
	return n, ok
}
