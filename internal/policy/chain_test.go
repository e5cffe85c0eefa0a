package policy_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"sync"
	"testing"
	"time"
)

// keys are made once: those of RSA take their time.
var keys = struct{ rsa2048, rsa3072, p224, p256, p384, p521, ed25519 func() crypto.Signer }{
	sync.OnceValue(func() crypto.Signer { return made(rsa.GenerateKey(rand.Reader, 2048)) }),
	sync.OnceValue(func() crypto.Signer { return made(rsa.GenerateKey(rand.Reader, 3072)) }),
	sync.OnceValue(func() crypto.Signer { return made(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)) }),
	sync.OnceValue(func() crypto.Signer { return made(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }),
	sync.OnceValue(func() crypto.Signer { return made(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) }),
	sync.OnceValue(func() crypto.Signer { return made(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)) }),
	sync.OnceValue(func() crypto.Signer {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return made(key, err)
	}),
}

func made[K crypto.Signer](key K, err error) crypto.Signer {
	if err != nil {
		panic(err)
	}
	return key
}

// leaf is a certificate for a test: by whose key it is signed and how, for which key, and what else.
type leaf struct {
	issuer func() crypto.Signer
	by     x509.SignatureAlgorithm // 0: as the key has it
	key    any                     // a func() crypto.Signer, or a public key
	days   int                     // 90 by default
	change func(*x509.Certificate)
}

// chain makes the chain: the certificate alone.
func (l leaf) chain(t testing.TB) [][]byte {
	t.Helper()
	if l.days == 0 {
		l.days = 90
	}
	a := newAuthority(t, l.issuer())
	public := l.key
	if f, ok := l.key.(func() crypto.Signer); ok {
		public = f().Public()
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, SignatureAlgorithm: l.by,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		OCSPServer: []string{"http://ocsp.test"}, NotBefore: now.AddDate(0, 0, 60-l.days), NotAfter: now.AddDate(0, 0, 60),
	}
	if l.change != nil {
		l.change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, l.issuer())
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{der}
}

// rsa1024 is a public key that nobody has the private one of: crypto/rsa makes none so small any more.
func rsa1024() *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), 1023)
	return &rsa.PublicKey{N: n.Add(n, big.NewInt(12345)), E: 65537}
}

// onCurve makes a certificate for an ECDSA key on a curve that crypto/x509 does not have, signed by ECDSA with SHA-384.
func onCurve(t testing.TB, curve asn1.ObjectIdentifier) [][]byte {
	t.Helper()
	parameters, err := asn1.Marshal(curve)
	if err != nil {
		t.Fatal(err)
	}
	key := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, Parameters: asn1.RawValue{FullBytes: parameters}}
	return byHand(t, key, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, append([]byte{4}, make([]byte, 64)...))
}

// byHand makes a certificate for algorithms that crypto/x509 does not have.
func byHand(t testing.TB, key pkix.AlgorithmIdentifier, signature asn1.ObjectIdentifier, publicKey []byte) [][]byte {
	t.Helper()
	type tbs struct {
		Version            int `asn1:"optional,explicit,default:0,tag:0"`
		SerialNumber       *big.Int
		SignatureAlgorithm pkix.AlgorithmIdentifier
		Issuer             pkix.RDNSequence
		Validity           struct{ NotBefore, NotAfter time.Time }
		Subject            pkix.RDNSequence
		PublicKey          struct {
			Algorithm pkix.AlgorithmIdentifier
			PublicKey asn1.BitString
		}
	}
	x := tbs{
		Version: 2, SerialNumber: big.NewInt(3), SignatureAlgorithm: pkix.AlgorithmIdentifier{Algorithm: signature},
		Issuer: pkix.Name{CommonName: "Root"}.ToRDNSequence(), Subject: pkix.Name{CommonName: host}.ToRDNSequence(),
	}
	x.Validity.NotBefore, x.Validity.NotAfter = now.AddDate(0, 0, -30), now.AddDate(0, 0, 60)
	x.PublicKey.Algorithm, x.PublicKey.PublicKey = key, asn1.BitString{Bytes: publicKey, BitLength: 8 * len(publicKey)}
	der, err := asn1.Marshal(struct {
		TBS       tbs
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{x, x.SignatureAlgorithm, asn1.BitString{Bytes: make([]byte, 64), BitLength: 512}})
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{der}
}

// ofMLDSA makes a certificate for one key of ML-DSA, signed by one.
func ofMLDSA(key, signature asn1.ObjectIdentifier, octets int) func(testing.TB) [][]byte {
	return func(t testing.TB) [][]byte {
		return byHand(t, pkix.AlgorithmIdentifier{Algorithm: key}, signature, make([]byte, octets))
	}
}

// Identifiers of ML-DSA, RFC 9881, Section 2, and of a curve, SEC 2, Section A.2.1.
var (
	secp256k1 = asn1.ObjectIdentifier{1, 3, 132, 0, 10}
	mldsa65   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}
	mldsa87   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 19}
)
