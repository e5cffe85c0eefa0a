package demo

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"

	"golang.org/x/crypto/ocsp"
)

// CAOptions are the choices of a certificate authority. The zero value will do.
type CAOptions struct {
	// Subject is the authority's name; the zero value is "tlsprobe demo root".
	Subject pkix.Name
	Key     KeyType
	// Clock is the time around which certificates are valid; nil is time.Now.
	Clock func() time.Time
	// Rand is where keys and serial numbers come from; nil is crypto/rand.Reader.
	Rand io.Reader
}

// CA is a certificate authority: a root, or below one.
type CA struct {
	Certificate *x509.Certificate
	Key         crypto.Signer

	// chain is what a leaf needs to reach the root, this authority's certificate first, the root left out.
	chain [][]byte
	clock func() time.Time
	rand  io.Reader
}

// Lifetimes of what is issued, by default.
const (
	caLifetime   = 10 * 365 * 24 * time.Hour
	leafLifetime = 90 * 24 * time.Hour
	backdated    = time.Hour // so that a slow clock does not matter
)

// NewCA makes a root.
func NewCA(o CAOptions) (*CA, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Subject.String() == "" {
		o.Subject = commonName("tlsprobe demo root")
	}
	root := &CA{clock: o.Clock, rand: o.Rand}
	if err := root.certify(o.Subject, o.Key, nil); err != nil {
		return nil, fmt.Errorf("making a root: %w", err)
	}
	return root, nil
}

// Intermediate makes an authority below ca.
func (ca *CA) Intermediate(subject pkix.Name, key KeyType) (*CA, error) {
	sub := &CA{clock: ca.clock, rand: ca.rand}
	if err := sub.certify(subject, key, ca); err != nil {
		return nil, fmt.Errorf("making an intermediate: %w", err)
	}
	sub.chain = append([][]byte{sub.Certificate.Raw}, ca.chain...)
	return sub, nil
}

// certify gives ca a key and a certificate, signed by the parent or by itself.
func (ca *CA) certify(subject pkix.Name, key KeyType, parent *CA) error {
	var err error
	if ca.Key, err = key.generate(ca.rand); err != nil {
		return err
	}
	template, err := ca.template(subject)
	if err != nil {
		return err
	}
	template.NotAfter = template.NotBefore.Add(caLifetime)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	signer, issuer := ca.Key, template
	if parent != nil {
		signer, issuer = parent.Key, parent.Certificate
	}
	der, err := x509.CreateCertificate(ca.rand, template, issuer, ca.Key.Public(), repeatable{signer})
	if err != nil {
		return err
	}
	ca.Certificate, err = x509.ParseCertificate(der)
	return err
}

// template is what all certificates have.
func (ca *CA) template(subject pkix.Name) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(ca.rand, serial); err != nil {
		return nil, err
	}
	// Positive and of constant length: 127 bits with the top one set. RFC 5280, Section 4.1.2.2.
	serial[0] = serial[0]&0x7f | 0x40
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      subject,
		NotBefore:    ca.clock().Add(-backdated).Truncate(time.Second),
	}, nil
}

// PEM returns the authority's own certificate.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate.Raw})
}

// LeafOptions describe a certificate to issue. The zero value is one for a server on this machine.
type LeafOptions struct {
	Key KeyType
	// Names are DNS names and IP addresses; nil is localhost, demo.tlsprobe.test, 127.0.0.1 and ::1.
	Names []string
	// Subject, if not set, is the first name.
	Subject pkix.Name
	// NotBefore and NotAfter, if zero, are an hour ago and 90 days later.
	NotBefore, NotAfter time.Time
	// Usage, if empty, is serverAuth.
	Usage []x509.ExtKeyUsage
	// OmitChain leaves out the intermediates that a server has to send.
	OmitChain bool
	// SelfSigned lets the certificate sign itself.
	SelfSigned bool
	// Staple adds a good OCSP response. RFC 6960, Section 4.2.1.
	Staple bool
	// SCTs are sent with the certificate as they are. RFC 6962, Section 3.3.
	SCTs [][]byte
}

// Issue makes a key and a certificate for it, with the chain up to the root, which is left out.
func (ca *CA) Issue(o LeafOptions) (tls.Certificate, error) {
	if o.Names == nil {
		o.Names = localNames()
	}
	key, err := o.Key.generate(ca.rand)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing a certificate: %w", err)
	}
	template, err := ca.leafTemplate(o)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing a certificate: %w", err)
	}
	signer, issuer := ca.Key, ca.Certificate
	if o.SelfSigned {
		signer, issuer = key, template
	}
	der, err := x509.CreateCertificate(ca.rand, template, issuer, key.Public(), repeatable{signer})
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issuing a certificate: %w", err)
	}
	cert := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf, SignedCertificateTimestamps: o.SCTs}
	if !o.OmitChain && !o.SelfSigned {
		cert.Certificate = append(cert.Certificate, ca.chain...)
	}
	if o.Staple {
		cert.OCSPStaple, err = ca.good(leaf)
	}
	return cert, err
}

func (ca *CA) leafTemplate(o LeafOptions) (*x509.Certificate, error) {
	if o.Subject.String() == "" && len(o.Names) > 0 {
		o.Subject = commonName(o.Names[0])
	}
	t, err := ca.template(o.Subject)
	if err != nil {
		return nil, err
	}
	if !o.NotBefore.IsZero() {
		t.NotBefore = o.NotBefore
	}
	t.NotAfter = t.NotBefore.Add(leafLifetime)
	if !o.NotAfter.IsZero() {
		t.NotAfter = o.NotAfter
	}
	for _, n := range o.Names {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	t.BasicConstraintsValid = true
	t.KeyUsage = x509.KeyUsageDigitalSignature
	if o.Key == RSA1024 || o.Key == RSA2048 || o.Key == RSA4096 {
		t.KeyUsage |= x509.KeyUsageKeyEncipherment // for static RSA, RFC 5246, Section 7.4.2
	}
	t.ExtKeyUsage = o.Usage
	if len(o.Usage) == 0 {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	return t, nil
}

// good is an OCSP response that says so, signed by the issuer itself. Its producedAt is by the
// system's clock, since x/crypto/ocsp takes no other.
func (ca *CA) good(leaf *x509.Certificate) ([]byte, error) {
	der, err := ocsp.CreateResponse(ca.Certificate, ca.Certificate, ocsp.Response{
		Status:       ocsp.Good,
		SerialNumber: leaf.SerialNumber,
		ThisUpdate:   leaf.NotBefore,
		NextUpdate:   leaf.NotBefore.Add(7 * 24 * time.Hour),
	}, repeatable{ca.Key})
	if err != nil {
		return nil, fmt.Errorf("making an OCSP response: %w", err)
	}
	return der, nil
}

func commonName(s string) pkix.Name {
	return pkix.Name{Organization: []string{"tlsprobe demo"}, CommonName: s}
}

// localNames are the names of the server. The top-level domain test is reserved: RFC 2606, Section 2.
func localNames() []string { return []string{"localhost", "demo.tlsprobe.test", "127.0.0.1", "::1"} }
