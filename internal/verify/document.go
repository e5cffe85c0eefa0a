package verify

import (
	"encoding/hex"
	"slices"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// DocumentSchema names the version of the document. What it fixes changes only with a new number.
const DocumentSchema = "tlsprobe.verify/1"

// Document is a verification for programs: what was asked, the certificates, the paths, and every check. Its keys are always
// there, null where there is nothing.
type Document struct {
	Schema     string                `json:"schema"`
	Tool       trace.Tool            `json:"tool"`
	Verdict    string                `json:"verdict"`    // accept, reject or inconclusive
	Time       time.Time             `json:"time"`       // the clock of verification
	Hostname   *string               `json:"hostname"`   // as asked for; null: the name was not checked
	Purpose    string                `json:"purpose"`    // server, client or any
	Rules      string                `json:"rules"`      // webpki, rfc5280 or client
	Revocation string                `json:"revocation"` // soft, require or off
	Store      *DocumentStore        `json:"store"`      // null: there were no roots
	Chain      []DocumentCertificate `json:"chain"`      // as given, then those of the store or from elsewhere that a path uses
	Paths      []DocumentPath        `json:"paths"`      // all that were looked at, the one that the checks are about first
	Checks     []finding.Finding     `json:"checks"`     // every check at least once; their certificates are those of chain
}

// DocumentStore says where the roots are from.
type DocumentStore struct {
	Name   string     `json:"name"`   // system, bundled, or the name of the file
	Origin string     `json:"origin"` // where they were read
	Date   *time.Time `json:"date"`   // when they were put together; null where that is not known
	Count  int        `json:"count"`  // certificates
	Note   string     `json:"note"`   // why it is not the store that was asked for; often empty
}

// DocumentCertificate is a certificate that was given, or that a path took from the store or had fetched.
type DocumentCertificate struct {
	Index        int        `json:"i"`          // its place in chain
	Role         string     `json:"role"`       // in the first path that has it: leaf, intermediate, root (ends it, not trusted), anchor (ends it, in the store); else unused
	From         string     `json:"from"`       // input, store or fetched
	URL          *string    `json:"url"`        // that it was fetched from; null for all others
	Subject      string     `json:"subject"`    // RFC 4514
	Issuer       string     `json:"issuer"`     // RFC 4514
	Serial       string     `json:"serial"`     // the INTEGER's content in hex
	SHA256       string     `json:"sha256"`     // of the certificate, in hex
	NotBefore    *time.Time `json:"not_before"` // null where it can't be read
	NotAfter     *time.Time `json:"not_after"`  // null where it can't be read
	Key          string     `json:"key"`        // kind and size
	SignatureAlg string     `json:"signature_algorithm"`
}

// DocumentPath is a path from the leaf up.
type DocumentPath struct {
	Certs  []int           `json:"certs"`  // indexes in chain, the leaf first
	Anchor *DocumentAnchor `json:"anchor"` // null: it does not end in the store
	OK     bool            `json:"ok"`     // nothing is wrong with it; the host name is a check apart
	Failed []finding.ID    `json:"failed"` // the checks that it failed, or that couldn't be made
}

// DocumentAnchor is the root that a path ends in.
type DocumentAnchor struct {
	Index   int    `json:"i"` // in chain
	Subject string `json:"subject"`
	SHA256  string `json:"sha256"`
}

// NewDocument makes the document of a verification that tool made.
func NewDocument(req *Request, r *Result, tool trace.Tool) *Document {
	d := &Document{
		Schema: DocumentSchema, Tool: tool, Verdict: r.Verdict.String(), Time: req.Time,
		Purpose: req.Purpose.String(), Rules: req.Rules.String(), Revocation: req.Revocation.String(),
		Store: documentStore(req.Store), Chain: []DocumentCertificate{}, Paths: []DocumentPath{},
	}
	if req.Hostname != "" {
		d.Hostname = &req.Hostname
	}
	places := d.addChain(req, r)
	for _, p := range r.Paths {
		d.Paths = append(d.Paths, documentPath(p, places))
	}
	for _, f := range r.Findings {
		if c := f.Where.Cert; c != nil {
			if i, ok := places[c.SHA256]; ok {
				f.Where.Cert = &finding.Cert{Index: i, SHA256: c.SHA256}
			}
		}
		d.Checks = append(d.Checks, f)
	}
	return d
}

// addChain lists the certificates, and returns their places by fingerprint: of one that was given twice the first.
func (d *Document) addChain(req *Request, r *Result) map[string]int {
	places := map[string]int{}
	for _, der := range req.Chain[:min(len(req.Chain), maxCertificates)] {
		c, _ := cert.Parse(der)
		d.add(c, cert.Fingerprint(der), "input", places)
	}
	for _, p := range r.Paths {
		for i := range p.Certificates {
			l := &p.Certificates[i]
			if sum := hex.EncodeToString(l.SHA256[:]); l.Index < 0 {
				if _, ok := places[sum]; ok {
					continue
				}
				d.add(l.Certificate, sum, "store", places)
				if l.Fetched != "" {
					last := &d.Chain[len(d.Chain)-1]
					last.From, last.URL = "fetched", &l.Fetched
				}
			}
		}
	}
	for _, p := range slices.Backward(r.Paths) { // the first path has the last word
		for i := range p.Certificates {
			d.Chain[places[hex.EncodeToString(p.Certificates[i].SHA256[:])]].Role = roleIn(p, i)
		}
	}
	return places
}

func (d *Document) add(c *cert.Certificate, sum, from string, places map[string]int) {
	i := len(d.Chain)
	if _, ok := places[sum]; !ok {
		places[sum] = i
	}
	d.Chain = append(d.Chain, DocumentCertificate{
		Index: i, Role: "unused", From: from, Subject: c.Subject.String(), Issuer: c.Issuer.String(),
		Serial: hex.EncodeToString(c.Serial), SHA256: sum, NotBefore: known(c.NotBefore.Time), NotAfter: known(c.NotAfter.Time),
		Key: c.PublicKey.String(), SignatureAlg: c.SignatureAlgorithm.OID.Label(),
	})
}

// roleIn says what certificate i of a path does in it.
func roleIn(p Path, i int) string {
	last := i == len(p.Certificates)-1
	switch {
	case i == 0:
		return "leaf"
	case last && p.Anchored:
		return "anchor"
	case last && p.Certificates[i].Certificate.IsSelfIssued():
		return "root"
	}
	return "intermediate"
}

func documentPath(p Path, places map[string]int) DocumentPath {
	d := DocumentPath{OK: p.Accepted, Certs: []int{}, Failed: p.Failed}
	for _, l := range p.Certificates {
		d.Certs = append(d.Certs, places[hex.EncodeToString(l.SHA256[:])])
	}
	if a := p.Anchor(); a != nil {
		d.Anchor = &DocumentAnchor{Index: d.Certs[len(d.Certs)-1], Subject: a.Certificate.Subject.String(), SHA256: hex.EncodeToString(a.SHA256[:])}
	}
	return d
}

func documentStore(s *Store) *DocumentStore {
	if s == nil {
		return nil
	}
	return &DocumentStore{Name: s.Name(), Origin: s.Origin(), Date: known(s.Date()), Count: s.Count(), Note: s.Note()}
}

// known returns a time in UTC, nil for one that isn't known.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
