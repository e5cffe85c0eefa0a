package render

import (
	"crypto/sha1" // for a fingerprint that other programs show
	_ "embed"     // the schema
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

//go:generate go run ../trace/schemagen -dir ../trace -document certificate -o certificate.schema.json

//go:embed certificate.schema.json
var certificateSchema []byte

// CertificateSchema names the version of [CertificateDocument]. What it fixes changes only with a new number.
const CertificateSchema = "tlsprobe.certificate/1"

// CertificateSchemaJSON returns the JSON Schema (draft 2020-12) of [CertificateDocument]. The caller may keep and change it.
func CertificateSchemaJSON() []byte { return append([]byte(nil), certificateSchema...) }

// CertificateDocument is the certificates of a file or a server for programs. Its keys are always there, null where there is
// nothing.
type CertificateDocument struct {
	Schema       string               `json:"schema"`
	Tool         trace.Tool           `json:"tool"`
	Source       string               `json:"source"`       // the file or the target, as given
	Address      *string              `json:"address"`      // of the server; null for a file, and where none was reached
	Time         time.Time            `json:"time"`         // what days_left counts from
	Error        *CertificateError    `json:"error"`        // null: nothing went wrong
	Certificates []CertificateDetails `json:"certificates"` // in the order found
	Omitted      int                  `json:"omitted"`      // how many more there are, which are not listed
}

// CertificateError is what kept certificates from being read or got.
type CertificateError struct {
	Kind    string `json:"kind"`    // of error.kind in docs/exit-codes.md, or unreadable
	Message string `json:"message"` // may hold peer text
	Hint    string `json:"hint"`    // what to try
}

// CertificateDetails is one certificate.
type CertificateDetails struct {
	Index              int                    `json:"i"`       // from 0
	Subject            string                 `json:"subject"` // RFC 4514
	Issuer             string                 `json:"issuer"`  // RFC 4514
	Serial             string                 `json:"serial"`  // the INTEGER's content in hex
	Version            int                    `json:"version"` // 1, 2 or 3
	NotBefore          *time.Time             `json:"not_before"`
	NotAfter           *time.Time             `json:"not_after"`
	DaysLeft           *int                   `json:"days_left"` // whole days until not_after, negative once it is over
	Names              []CertificateName      `json:"names"`     // alternative names of the subject, the first 10000
	NamesOmitted       int                    `json:"names_omitted"`
	Key                CertificateKey         `json:"key"` //
	SignatureAlgorithm string                 `json:"signature_algorithm"`
	Extensions         []CertificateExtension `json:"extensions"` // in their order, the first 1000
	ExtensionsOmitted  int                    `json:"extensions_omitted"`
	SHA256             string                 `json:"sha256"`     // of the certificate, in hex
	SHA1               string                 `json:"sha1"`       // of the certificate, in hex
	PinSHA256          string                 `json:"pin_sha256"` // SHA-256 of the SubjectPublicKeyInfo in base64, RFC 7469, Section 2.4
	Problems           []CertificateProblem   `json:"problems"`   // where its encoding is not what it must be; the first ones
	DER                []byte                 `json:"der"`
}

// CertificateName is a GeneralName.
type CertificateName struct {
	Kind  string `json:"kind"` // as in RFC 5280, Section 4.2.1.6: dNSName, iPAddress, …
	Value string `json:"value"`
}

// CertificateKey is a public key.
type CertificateKey struct {
	Text     string `json:"text"`     // kind and size for people
	Kind     string `json:"kind"`     // RSA, RSA-PSS, ECDSA, Ed25519, …; unknown
	Bits     *int   `json:"bits"`     // of the modulus or the field; null where it can't be told
	Strength *int   `json:"strength"` // security strength in bits against classical computers; null where it can't be told
}

// CertificateExtension is one extension.
type CertificateExtension struct {
	OID      string   `json:"oid"`
	Name     *string  `json:"name"` // null: not known here
	Critical bool     `json:"critical"`
	Size     int      `json:"size"` // of its value, in bytes
	Says     []string `json:"says"` // what it means, line by line; empty where that is not known here
}

// CertificateProblem is one thing that is not encoded as it must be, and was read all the same.
type CertificateProblem struct {
	Kind     string `json:"kind"`
	Off      int    `json:"off"` // in the certificate, in bytes
	Len      int    `json:"len"` // in bytes, 0 where something is missing
	Field    string `json:"field"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
}

// The bounds of a document: certificates that are listed; and of one the alternative names, the lines of an extension, the
// extensions and the problems.
const (
	maxCertificates = 1000
	maxListedNames  = 10_000
	maxSaid         = 1000
	maxExtensions   = 1000
	maxProblems     = 64
)

// NewCertificateDocument makes the document of certificates in DER from source, as of now. Error and Address are for the caller.
func NewCertificateDocument(source string, certificates [][]byte, now time.Time, tool trace.Tool) *CertificateDocument {
	d := &CertificateDocument{Schema: CertificateSchema, Tool: tool, Source: source, Time: now, Certificates: []CertificateDetails{}}
	for i, der := range certificates {
		if i == maxCertificates {
			d.Omitted = len(certificates) - i
			break
		}
		d.Certificates = append(d.Certificates, certificateDetails(i, der, now))
	}
	return d
}

func certificateDetails(i int, der []byte, now time.Time) CertificateDetails {
	c, problems := cert.Parse(der)
	pin, sum := c.SPKIFingerprint(), sha1.Sum(der)
	d := CertificateDetails{
		Index: i, Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: hex.EncodeToString(c.Serial), Version: c.Version,
		NotBefore: instant(c.NotBefore), NotAfter: instant(c.NotAfter),
		Key: certificateKey(&c.PublicKey), SignatureAlgorithm: c.SignatureAlgorithm.OID.Label(),
		SHA256: cert.Fingerprint(der), SHA1: hex.EncodeToString(sum[:]), PinSHA256: base64.StdEncoding.EncodeToString(pin[:]), DER: der,
	}
	if d.NotAfter != nil {
		days := daysBetween(now, *d.NotAfter)
		d.DaysLeft = &days
	}
	names, _ := c.SubjectAltName()
	d.NamesOmitted = max(len(names)-maxListedNames, 0)
	for _, n := range names[:len(names)-d.NamesOmitted] {
		d.Names = append(d.Names, CertificateName{n.Kind.String(), n.Text()})
	}
	d.ExtensionsOmitted = max(len(c.Extensions)-maxExtensions, 0)
	seen := map[string]bool{}
	for _, x := range c.Extensions[:len(c.Extensions)-d.ExtensionsOmitted] {
		said, more := describeExtension(c, x, seen[string(x.ID)])
		seen[string(x.ID)] = true
		problems = append(problems, more[:min(len(more), maxProblems)]...)
		if n := len(said) - maxSaid; n > 0 {
			said = append(said[:maxSaid:maxSaid], fmt.Sprintf("and %d more", n))
		}
		e := CertificateExtension{OID: x.ID.String(), Critical: x.Critical, Size: len(x.Value), Says: said}
		if name := x.ID.Name(); name != "" {
			e.Name = &name
		}
		d.Extensions = append(d.Extensions, e)
	}
	for _, p := range problems[:min(len(problems), maxProblems)] {
		d.Problems = append(d.Problems, CertificateProblem{p.Kind.String(), p.Off, p.Len, p.Field, p.Expected, p.Actual})
	}
	return d
}

func certificateKey(k *cert.PublicKey) CertificateKey {
	d := CertificateKey{Text: k.String(), Kind: k.Kind.String()}
	if n := k.Bits(); n > 0 {
		d.Bits = &n
	}
	if n := k.Strength(); n > 0 {
		d.Strength = &n
	}
	return d
}

// instant returns a time, nil for one that couldn't be read.
func instant(t cert.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	at := t.UTC()
	return &at
}

// daysBetween counts whole days, downwards: an hour ago is -1.
func daysBetween(from, to time.Time) int {
	const day = 24 * 60 * 60
	seconds := to.Unix() - from.Unix() // a Duration would overflow for the year 9999
	days := seconds / day
	if seconds < 0 && seconds%day != 0 {
		days--
	}
	return int(days)
}
