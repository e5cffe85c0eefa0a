package ct

import (
	"errors"
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// Bounds on what a peer can make us do and say.
const (
	maxSCTs      = 32 // that are looked at
	maxPerStatus = 8  // findings of one status that isn't pass
)

// Delivery is the way on which a timestamp came. RFC 6962, Section 3.3.
type Delivery uint8

// The deliveries.
const (
	Embedded Delivery = iota // in the certificate
	ByTLS                    // in the TLS extension signed_certificate_timestamp
	ByOCSP                   // in a stapled OCSP response
)

var deliveryNames = [...]string{"embedded", "in the TLS extension", "in the OCSP response"}

// String says how it came: "embedded".
func (d Delivery) String() string { return deliveryNames[min(int(d), len(deliveryNames)-1)] }

// Request is a certificate and the timestamps that came with it.
type Request struct {
	Leaf *cert.Certificate
	// Issuer is the certificate whose key signed Leaf; nil: not known. Embedded timestamps can't be verified without its key.
	Issuer *cert.Certificate
	Where  finding.Where // of Leaf
	TLS    [][]byte      // out of the TLS extension, each a SerializedSCT
	OCSP   [][]byte      // out of OCSP responses, each a SignedCertificateTimestampList: see [UnwrapList]
	Logs   *Logs         // nil: the list that is built in
	// Private says that the certificate is none of a public authority: nobody expects timestamps of it.
	Private bool
	Time    time.Time
}

// Report is what was found.
type Report struct {
	SCTs     []Verified // those that were looked at: embedded ones first, then those of TLS, then those of OCSP
	Findings []finding.Finding
}

// Verified is a timestamp and what verifying it came to.
type Verified struct {
	SCT      SCT
	Raw      []byte // as it came
	Delivery Delivery
	Log      *Log           // nil: not in the list
	State    State          // of the log, at the time of verification
	Status   finding.Status // pass: the signature is right; fail; warn: right, but something else isn't; unknown
	Reason   string         // why it doesn't pass
}

// Check verifies the timestamps that came with a certificate, and counts them the way browsers do. There is at least one finding
// of each of the checks ct.scts and ct.policy.
func Check(req Request) Report {
	c := &checker{Request: req}
	if c.Leaf == nil {
		why := "there is no certificate"
		return Report{Findings: []finding.Finding{c.at(finding.Unanswered(finding.CTSCTs, why)), c.at(finding.Unanswered(finding.CTPolicy, why))}}
	}
	if c.collect(); len(c.scts) == 0 && len(c.faults) == 0 {
		return Report{Findings: c.none()}
	}
	if c.Logs == nil {
		c.Logs = BuiltIn() // read when there is something to look up: it takes longer than a signature
	}
	for i := range c.scts {
		c.judge(&c.scts[i])
	}
	return Report{SCTs: c.scts, Findings: append(c.timestamps(), c.policy())}
}

// checker is a check under way.
type checker struct {
	Request
	scts    []Verified
	ignored int       // timestamps beyond the bound
	faults  []fault   // of the lists
	entries [2]*entry // by kind, made when first needed
	issuer  issuing
	buf     []byte
}

// fault is a list of timestamps that isn't one.
type fault struct {
	delivery Delivery
	err      error
}

// issuing says whether the issuer has signed the leaf; it is found out only where a timestamp is wrong.
type issuing uint8

const (
	notAsked issuing = iota
	hasSigned
	hasNotSigned
)

// collect finds the timestamps.
func (c *checker) collect() {
	if c.Leaf == nil {
		return
	}
	if x, ok := c.Leaf.Extension(cert.ExtSCTList); ok {
		list, err := UnwrapList(x.Value)
		c.note(Embedded, err)
		if err == nil || list != nil {
			c.split(Embedded, list)
		}
	}
	for _, raw := range c.TLS {
		c.add(ByTLS, raw)
	}
	for _, list := range c.OCSP {
		c.split(ByOCSP, list)
	}
}

func (c *checker) split(d Delivery, list []byte) {
	scts, err := SplitList(list)
	c.note(d, err)
	for _, raw := range scts {
		c.add(d, raw)
	}
}

func (c *checker) note(d Delivery, err error) {
	if err != nil && len(c.faults) < maxPerStatus {
		c.faults = append(c.faults, fault{d, err})
	}
}

func (c *checker) add(d Delivery, raw []byte) {
	if len(c.scts) == maxSCTs {
		c.ignored++
		return
	}
	c.scts = append(c.scts, Verified{Raw: raw, Delivery: d})
}

// judge verifies one timestamp.
func (c *checker) judge(v *Verified) {
	sct, err := Parse(v.Raw)
	v.SCT = sct
	switch {
	case errors.Is(err, ErrVersion):
		v.Status, v.Reason = finding.Unknown, err.Error()
		return
	case err != nil:
		v.Status, v.Reason = finding.Fail, err.Error()
		return
	}
	if v.Log = c.Logs.Lookup(sct.LogID); v.Log == nil {
		v.State = StateUnknown
		v.Status, v.Reason = finding.Unknown, "its log isn't in the list"
		return
	}
	v.State = v.Log.StateAt(c.Time)
	// Clients must refuse a timestamp that is in the future. RFC 6962, Section 5.2.
	if sct.Time().After(c.Time) {
		v.Status, v.Reason = finding.Fail, "the timestamp is in the future"
		return
	}
	v.Status, v.Reason = c.verify(v)
	if _, ok := sct.LeafIndex(); v.Status == finding.Pass && v.Log.Tiled && !ok {
		v.Status, v.Reason = finding.Warn, "a tiled log's timestamp must have a leaf_index"
	}
}

// allowed are the algorithms of logs, as SignatureAndHashAlgorithm. RFC 6962, Section 2.1.4.
var allowed = [...]iana.SignatureScheme{iana.ECDSASecp256r1SHA256, iana.RSAPKCS1SHA256}

// verify verifies the signature of a timestamp of a known log.
func (c *checker) verify(v *Verified) (finding.Status, string) {
	if v.SCT.Scheme != allowed[0] && v.SCT.Scheme != allowed[1] {
		return finding.Fail, fmt.Sprintf("the signature is of the algorithm 0x%04x, and logs have only ECDSA and RSA with SHA-256", uint16(v.SCT.Scheme))
	}
	kind := x509Entry
	if v.Delivery == Embedded {
		kind = precertEntry
	}
	e := c.entry(kind)
	if e.err != nil {
		return finding.Unknown, e.err.Error()
	}
	if key, _ := cert.ParsePublicKey(v.Log.Key); key.Kind == cert.KeyUnknown {
		return finding.Unknown, "the signature can't be verified: the log's key is of no kind that is known here"
	}
	err := c.verifyEntry(v, e)
	switch {
	case err == nil:
		return finding.Pass, ""
	case errors.Is(err, signature.ErrUnsupported), errors.Is(err, signature.ErrTooLarge), errors.Is(err, signature.ErrBadKey):
		return finding.Unknown, "the signature can't be verified: " + err.Error()
	case v.Delivery == Embedded && !c.issuerSigned():
		return finding.Unknown, "the signature can't be verified: the certificate wasn't signed by what is taken for its issuer"
	case v.Delivery != Embedded && c.isForPrecertificate(v):
		return finding.Fail, "it was made for the precertificate, so it proves something only within the certificate"
	}
	return finding.Fail, err.Error()
}

func (c *checker) verifyEntry(v *Verified, e *entry) error {
	key, _ := cert.ParsePublicKey(v.Log.Key)
	alg, _ := signature.FromScheme(v.SCT.Scheme)
	c.buf = v.SCT.appendSigned(c.buf[:0], *e)
	return signature.Verify(key, alg, c.buf, v.SCT.Signature)
}

// entry returns what logs sign, made once.
func (c *checker) entry(kind int) *entry {
	if c.entries[kind] == nil {
		e := certificateEntry
		if kind == precertEntry {
			e = func(leaf *cert.Certificate) entry { return precertificateEntry(leaf, c.Issuer) }
		}
		made := e(c.Leaf)
		c.entries[kind] = &made
	}
	return c.entries[kind]
}

// isForPrecertificate reports whether a timestamp that came beside the certificate is right for what stands in it: somebody has
// taken it out of another certificate of the same precertificate, or out of this one.
func (c *checker) isForPrecertificate(v *Verified) bool {
	e := c.entry(precertEntry)
	return e.err == nil && c.verifyEntry(v, e) == nil
}

// issuerSigned reports whether the issuer has signed the leaf. A timestamp of another issuer's certificate would seem wrong.
func (c *checker) issuerSigned() bool {
	if c.issuer == notAsked {
		c.issuer = hasNotSigned
		alg, ok := signature.FromOID(c.Leaf.SignatureAlgorithm)
		if ok && signature.Verify(&c.Issuer.PublicKey, alg, c.Leaf.RawTBS, c.Leaf.Signature) == nil {
			c.issuer = hasSigned
		}
	}
	return c.issuer == hasSigned
}
