package trace

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/ct"
)

// certificates tells of the chain as received. A certificate that cannot be read has what could be
// read of it, and its fingerprint in any case.
func (s *summarizer) certificates(sum *Summary) {
	if s.certificate == nil {
		return
	}
	sum.Certificates = []Certificate{}
	scts := sctsOf(s.serverHello.Fields().At(stepExtensions, "signed_certificate_timestamp"))
	for entry := range s.certificate.Fields().At("certificate_list").Items() {
		der := entry.At("cert").Bytes()
		read, _ := cert.Parse(der)
		if len(sum.Certificates) == 0 {
			scts += sctsOf(entry.At(stepExtensions, "signed_certificate_timestamp"))
			scts += embeddedSCTs(read)
		}
		sum.Certificates = append(sum.Certificates, describe(read, der))
	}
	if len(sum.Certificates) > 0 {
		sum.SCTCount = &scts
	}
}

func describe(c *cert.Certificate, der []byte) Certificate {
	sum := sha256.Sum256(der)
	return Certificate{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(),
		NotBefore: rfc3339(c.NotBefore.Time), NotAfter: rfc3339(c.NotAfter.Time),
		Key: c.PublicKey.String(), SHA256: hex.EncodeToString(sum[:]),
	}
}

// rfc3339 is empty for a time that could not be read.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// sctsOf counts the timestamps of a signed_certificate_timestamp extension. RFC 6962, Section 3.3.
func sctsOf(ext Fields) int { return ext.At("sct_list").Len() }

// embeddedSCTs counts the timestamps in a certificate. RFC 6962, Section 3.3.
func embeddedSCTs(c *cert.Certificate) int {
	list, _ := c.SCTList()
	scts, _ := ct.SplitList(list) // what can be read of a list with faults counts
	return len(scts)
}

// ServerChain returns the DER of the certificates that the server sent, in its order: those of the first Certificate message
// received. nil where there was none. What is returned aliases the trace.
func (t *Trace) ServerChain() [][]byte {
	for _, e := range t.Events {
		if e.Layer != LayerMessage || e.Dir != Received || e.Kind != kindCertificate {
			continue
		}
		var chain [][]byte
		for entry := range e.Fields().At("certificate_list").Items() {
			chain = append(chain, entry.At("cert").Bytes())
		}
		return chain
	}
	return nil
}
