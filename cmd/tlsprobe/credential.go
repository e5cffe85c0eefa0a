package main

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
)

// credentialOptions are the flags that say what the client proves with who it is.
type credentialOptions struct {
	certFile, keyFile string
}

func (o *credentialOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.certFile, "cert", "", "`FILE` of a client certificate and its chain, for a server that asks (PEM)")
	f.StringVar(&o.keyFile, "key", "", "`FILE` of the certificate's key: PKCS#8, PKCS#1 or SEC 1 in PEM (default the one of --cert)")
	under(f, "Who to be", "cert", "key")
}

// maxCredential bounds the files, in bytes: a chain of a hundred certificates is smaller.
const maxCredential = 1 << 20

// credential reads the files that the flags name; nil where they name none.
func (o *credentialOptions) credential() (*handshake.Credential, error) {
	if o.certFile == "" {
		if o.keyFile != "" {
			return nil, usage("give its certificate with --cert FILE", "--key: a key without a certificate proves nothing")
		}
		return nil, nil
	}
	data, err := readBounded(o.certFile)
	if err != nil {
		return nil, usage("a file of certificates in PEM, the client's own first", "--cert: %w", err)
	}
	chain, _ := cert.ParsePEMCertificates(data) // of another kind may be the key, which comes next
	if len(chain) == 0 {
		return nil, usage("a file of certificates in PEM, the client's own first", "--cert: %s holds no certificate", o.certFile)
	}
	flag, name := "--cert", o.certFile
	if o.keyFile != "" {
		flag, name = "--key", o.keyFile
		if data, err = readBounded(name); err != nil {
			return nil, usage("a file with a private key in PEM", "--key: %w", err)
		}
	}
	key, err := parseKey(data)
	if err != nil {
		hint := "a private key in PEM: PKCS#8, PKCS#1 or SEC 1"
		switch {
		case errors.Is(err, errEncrypted):
			hint = "decrypt it first: openssl pkey -in " + name + " -out FILE, and keep FILE to yourself"
		case errors.Is(err, errNoKey) && o.keyFile == "":
			hint = "give the key's file with --key FILE"
		}
		return nil, usage(hint, "%s: %s: %w", flag, name, err)
	}
	return o.pair(chain, key, name)
}

// pair holds the key against the certificate.
func (o *credentialOptions) pair(chain [][]byte, key crypto.Signer, name string) (*handshake.Credential, error) {
	for i, der := range chain {
		leaf, _ := cert.Parse(der)
		if !belongs(key.Public(), &leaf.PublicKey) {
			continue
		}
		if i > 0 {
			return nil, usage("put it first, its issuers behind it",
				"--cert: the key belongs to certificate %d of %s, and the client's own comes first", i+1, o.certFile)
		}
		return &handshake.Credential{Chain: chain, Key: key}, nil
	}
	leaf, _ := cert.Parse(chain[0])
	return nil, usage("give the key that the certificate was issued for", "the key of %s (%s) is not that of the certificate in %s (%s)",
		name, keyWords(key.Public()), o.certFile, leaf.PublicKey.String())
}

// keyWords is the kind and size of a public key.
func keyWords(pub crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return fmt.Sprintf("%T", pub)
	}
	k, _ := cert.ParsePublicKey(der)
	return k.String()
}

// belongs tells whether a certificate's key is the public half of ours. RSA keys for PSS alone have the same numbers as others.
func belongs(pub crypto.PublicKey, k *cert.PublicKey) bool {
	if r, ok := pub.(*rsa.PublicKey); ok && k.Kind == cert.KeyRSAPSS {
		return bytes.Equal(r.N.Bytes(), k.Modulus)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	return err == nil && bytes.Equal(der, k.Raw)
}

// readBounded reads a file that can't be endless.
func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxCredential+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxCredential:
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxCredential)
	}
	return data, nil
}

var (
	errNoKey     = errors.New("there is no private key in it")
	errEncrypted = errors.New("the private key is encrypted")
)

// keyBlocks are the blocks of PEM that hold private keys. RFC 7468, Sections 10 and 11; RFC 8017, Appendix A.1.2; RFC 5915, Section 4.
var keyBlocks = [...]struct {
	label string
	parse func([]byte) (any, error)
}{
	{"PRIVATE KEY", parsePKCS8},
	{"RSA PRIVATE KEY", func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) }},
	{"EC PRIVATE KEY", func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) }},
	{"ENCRYPTED PRIVATE KEY", func([]byte) (any, error) { return nil, errEncrypted }},
}

// parseKey reads the first private key of a PEM file. Errors never quote it.
func parseKey(data []byte) (crypto.Signer, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		for _, b := range keyBlocks {
			if b.label != block.Type {
				continue
			}
			if strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") { // RFC 1421, Section 4.6.1.1
				return nil, errEncrypted
			}
			key, err := b.parse(block.Bytes)
			if err != nil {
				return nil, err
			}
			signer, ok := key.(crypto.Signer)
			if !ok {
				return nil, fmt.Errorf("a key of its kind (%T) can't sign", key)
			}
			return signer, nil
		}
	}
	return nil, errNoKey
}

// oidRSAPSS is id-RSASSA-PSS, the kind of RSA keys that sign by PSS alone. RFC 4055, Section 1.2.
var oidRSAPSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}

// parsePKCS8 reads a PKCS#8 key, also one for RSASSA-PSS alone, which crypto/x509 does not. RFC 5958, Section 2.
func parsePKCS8(der []byte) (any, error) {
	var info struct {
		Version    int
		Algorithm  pkix.AlgorithmIdentifier
		PrivateKey []byte
	}
	if _, err := asn1.Unmarshal(der, &info); err == nil && info.Algorithm.Algorithm.Equal(oidRSAPSS) {
		return x509.ParsePKCS1PrivateKey(info.PrivateKey)
	}
	return x509.ParsePKCS8PrivateKey(der)
}
