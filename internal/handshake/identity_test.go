package handshake

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// identity is a certificate with its key.
type identity struct {
	cert []byte
	key  crypto.Signer
}

var (
	ecdsaIdentity    = sync.OnceValue(func() *identity { return issue(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	strangerIdentity = sync.OnceValue(func() *identity { return issue(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	rsaIdentity      = sync.OnceValue(func() *identity { return issue(rsa.GenerateKey(rand.Reader, 2048)) })
	weakRSAIdentity  = sync.OnceValue(func() *identity { return issue(rsa.GenerateKey(rand.Reader, 1024)) })
)

// issue makes a self-signed certificate.
func issue[K crypto.Signer](key K, err error) *identity {
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example.test"}, DNSNames: []string{"example.test"},
		NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(1900000000, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return &identity{der, key}
}

// sign signs content under a scheme, or as versions before TLS 1.2 do.
func (id *identity) sign(t testing.TB, v iana.Version, scheme iana.SignatureScheme, content []byte) []byte {
	t.Helper()
	var random io.Reader // none: signatures are the same for every run, RFC 6979
	hash, opts := crypto.MD5SHA1, crypto.SignerOpts(crypto.MD5SHA1)
	if v >= iana.TLS12 {
		alg, ok := signature.FromScheme(scheme)
		if !ok {
			t.Fatalf("no algorithm for %s", scheme)
		}
		hash, opts = alg.Hash, alg.Hash
		if alg.Kind == signature.RSAPSS {
			random = rand.Reader
			opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: alg.Hash}
		}
	}
	sig, err := id.key.Sign(random, sum(hash, content), opts)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}
