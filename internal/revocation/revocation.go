package revocation

import (
	"crypto/sha256"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// Authorities knows the certificates of those who may have signed a CRL.
type Authorities interface {
	// BySubject returns the certificates at hand that are for a name.
	BySubject(name cert.Name) []*cert.Certificate
	// Path returns the certificates of a valid path for c, c first and the trust anchor last, which must be that of the path
	// in question; the error says why there is none. Revocation is not its concern. It bounds its own work.
	Path(c *cert.Certificate) ([]*cert.Certificate, error)
}

// Fetcher gets what certificates point to.
type Fetcher interface {
	// Get returns the body of what is at a URL; more than limit bytes are an error.
	Get(url string, limit int) ([]byte, error)
	// Post sends a body and returns that of the answer.
	Post(url, contentType string, body []byte, limit int) ([]byte, error)
}

// Evidence is what there is to find out from, for all certificates of a path.
type Evidence struct {
	OCSP        [][]byte    // responses that were given, in DER
	CRLs        []*CRL      // lists that were given
	Fetch       Fetcher     // nil: nothing is fetched
	Time        time.Time   // of verification
	Authorities Authorities // nil: only the issuer of a certificate signs its lists
}

// Subject is a certificate in question.
type Subject struct {
	Cert      *cert.Certificate
	Issuer    *cert.Certificate // the next one of its path; nil: not known
	IssuerKey *cert.PublicKey   // where Issuer's key inherits its parameters, the whole of it; nil: that of Issuer
	Where     finding.Where     // of its findings
	Peer      bool              // it is the peer's own, and the peer is expected to staple
	Staple    []byte            // the OCSP response that came with it, nil for none
}

// key returns the key that signed the certificate.
func (s *Subject) key() *cert.PublicKey {
	if s.IssuerKey != nil {
		return s.IssuerKey
	}
	return &s.Issuer.PublicKey
}

// Bounds on the work that a peer, or whoever it points to, can cause.
const (
	maxSignatures = 256      // verified by a Checker
	maxURLs       = 24       // fetched by a Checker
	maxOCSPURLs   = 3        // of a certificate
	maxCRLURLs    = 6        // of a certificate, or of a CRL
	maxResponses  = 64       // OCSP responses that are looked at
	maxLists      = 512      // CRLs that are looked at
	maxSigners    = 8        // certificates tried as the signer of a CRL
	maxEmbedded   = 16       // certificates in an OCSP response
	maxSingles    = 32       // answers of one OCSP response about one certificate
	maxDepth      = 6        // CRLs about the signers of CRLs
	maxOCSPBytes  = 64 << 10 // fetched
	maxCRLBytes   = 32 << 20 // fetched
)

// clockSkew is how far the clock of a responder or an authority may be ahead of ours.
const clockSkew = 5 * time.Minute

// Checker finds out about the certificates of one path. It keeps what it has fetched, parsed and verified, so each URL is
// fetched at most once. It isn't for several goroutines at once.
type Checker struct {
	evidence   Evidence
	responses  []*response
	lists      []*list
	fetched    map[string]*fetched
	signed     map[signedKey]*fault
	signatures int // verified
	signers    map[[sha256.Size]byte]signerState
	paths      map[*cert.Certificate]signerPath
	depth      int
}

// New returns a Checker.
func New(e Evidence) *Checker {
	c := &Checker{
		evidence: e, fetched: map[string]*fetched{}, signed: map[signedKey]*fault{},
		signers: map[[sha256.Size]byte]signerState{}, paths: map[*cert.Certificate]signerPath{},
	}
	for _, der := range e.OCSP[:min(len(e.OCSP), maxResponses)] {
		c.responses = append(c.responses, parseResponse(der))
	}
	for _, l := range e.CRLs[:min(len(e.CRLs), maxLists)] {
		if l != nil {
			c.lists = append(c.lists, &list{CRL: l, source: Given})
		}
	}
	return c
}

// Check finds out about one certificate.
func (c *Checker) Check(s Subject) Answer {
	var a Answer
	a.stapled(c, &s)
	a.ocsp(c, &s)
	a.crl(c, &s)
	a.conclude()
	return a
}
