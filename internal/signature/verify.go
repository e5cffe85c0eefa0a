package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"

	"github.com/cloudflare/circl/sign/ed448"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// Verify verifies the signature sig of message. The error is nil if it is right, otherwise one of [ErrBad], [ErrKeyMismatch],
// [ErrUnsupported], [ErrTooLarge], [ErrMalformed] and [ErrBadKey], wrapped with what is known.
func Verify(key *cert.PublicKey, alg Algorithm, message, sig []byte) error {
	if !fits(alg.Kind, key.Kind) {
		return &MismatchError{Algorithm: alg, Key: key.String()}
	}
	switch alg.Kind {
	case RSAPKCS1, RSAPSS:
		return verifyRSA(key, alg, message, sig)
	case ECDSA:
		return verifyECDSA(key, alg.Hash, message, sig)
	case DSA:
		return verifyDSA(key, alg.Hash, message, sig)
	case Ed25519:
		return verifyEd25519(key.Key, message, sig)
	case Ed448:
		return verifyEd448(key.Key, message, sig)
	}
	return ErrUnsupported
}

// fits reports whether keys of the kind can have made signatures of the family.
func fits(a Kind, key cert.KeyKind) bool {
	switch a {
	case RSAPKCS1:
		return key == cert.KeyRSA
	case RSAPSS:
		return key == cert.KeyRSA || key == cert.KeyRSAPSS
	case ECDSA:
		return key == cert.KeyEC
	case DSA:
		return key == cert.KeyDSA
	case Ed25519:
		return key == cert.KeyEd25519
	case Ed448:
		return key == cert.KeyEd448
	}
	return true // no family of ours: unsupported, whatever the key
}

func verifyEd25519(key, message, sig []byte) error {
	if len(key) != ed25519.PublicKeySize {
		return &KeyError{"an Ed25519 key has 32 bytes"}
	}
	if len(sig) != ed25519.SignatureSize {
		return &MalformedError{What: "an Ed25519 signature has 64 bytes", Off: min(len(sig), ed25519.SignatureSize)}
	}
	if !ed25519.Verify(key, message, sig) {
		return ErrBad
	}
	return nil
}

func verifyEd448(key, message, sig []byte) error {
	if len(key) != ed448.PublicKeySize {
		return &KeyError{"an Ed448 key has 57 bytes"}
	}
	if len(sig) != ed448.SignatureSize {
		return &MalformedError{What: "an Ed448 signature has 114 bytes", Off: min(len(sig), ed448.SignatureSize)}
	}
	if !ed448.Verify(key, message, sig, "") {
		return ErrBad
	}
	return nil
}

// digest hashes the message; ok is false for a hash that we don't have.
func digest(h crypto.Hash, message []byte) (sum []byte, ok bool) {
	switch h {
	case crypto.SHA256:
		s := sha256.Sum256(message)
		return s[:], true
	case crypto.SHA384:
		s := sha512.Sum384(message)
		return s[:], true
	case crypto.SHA512:
		s := sha512.Sum512(message)
		return s[:], true
	case crypto.SHA1:
		s := sha1.Sum(message)
		return s[:], true
	case crypto.MD5SHA1:
		m, s := md5.Sum(message), sha1.Sum(message)
		return append(m[:], s[:]...), true
	case crypto.MD5:
		s := md5.Sum(message)
		return s[:], true
	case crypto.SHA224:
		s := sha256.Sum224(message)
		return s[:], true
	case crypto.SHA512_224:
		s := sha512.Sum512_224(message)
		return s[:], true
	case crypto.SHA512_256:
		s := sha512.Sum512_256(message)
		return s[:], true
	}
	return nil, false
}
