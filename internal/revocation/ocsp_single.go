package revocation

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/signature"
)

// single is one answer of a response.
//
//	SingleResponse ::= SEQUENCE {
//	   certID                       CertID,
//	   certStatus                   CertStatus,
//	   thisUpdate                   GeneralizedTime,
//	   nextUpdate           [0]     EXPLICIT GeneralizedTime OPTIONAL,
//	   singleExtensions     [1]     EXPLICIT Extensions OPTIONAL }
//
//	CertStatus ::= CHOICE {
//	    good        [0]     IMPLICIT NULL,
//	    revoked     [1]     IMPLICIT RevokedInfo,
//	    unknown     [2]     IMPLICIT UnknownInfo }                        RFC 6960, Section 4.2.1
type single struct {
	status     Status
	revokedAt  cert.Time
	reason     Reason
	thisUpdate cert.Time
	nextUpdate cert.Time // Raw is nil if absent
	extensions []cert.Extension
	fault      *fault
}

// about returns the answers about a certificate.
func (p *response) about(s *Subject) (found []single) {
	ids := newIdentity(s)
	list := cert.NewReader(p.singles.Content, p.singles.ContentOff(), nil)
	for !list.Empty() && len(found) < maxSingles {
		e, ok := list.Read("responses", cert.TagSequence)
		if !ok {
			continue
		}
		var notes cert.Notes
		r := cert.NewReader(e.Content, e.ContentOff(), &notes)
		id, ok := r.Read("certID", cert.TagSequence)
		if inner := r.Inside(id); !ok || !ids.match(&inner) {
			continue
		}
		found = append(found, readSingle(&r, &notes))
	}
	return found
}

func readSingle(r *cert.Reader, notes *cert.Notes) single {
	var s single
	if e, ok := r.Any("certStatus"); ok {
		switch e.Tag {
		case cert.Context(0):
			s.status = StatusGood
		case cert.ContextConstructed(1):
			s.status = StatusRevoked
			inner := r.Inside(e)
			s.readRevoked(&inner)
		case cert.Context(2):
			s.status = StatusUnknown
		default:
			r.Note(cert.WrongType, e, "certStatus", "good, revoked or unknown", e.Tag.String())
		}
	}
	s.thisUpdate = cert.ParseTime(r, "thisUpdate")
	if e, ok := r.Optional("nextUpdate", cert.ContextConstructed(0)); ok {
		inner := r.Inside(e)
		s.nextUpdate = cert.ParseTime(&inner, "nextUpdate")
		inner.End("nextUpdate")
	}
	if e, ok := r.Optional("singleExtensions", cert.ContextConstructed(1)); ok {
		inner := r.Inside(e)
		s.extensions = cert.ParseExtensions(&inner, "singleExtensions")
		inner.End("singleExtensions")
	}
	r.End("singleResponse")
	s.fault = s.judge(notes.Problems())
	return s
}

// readRevoked reads when and why.
//
//	RevokedInfo ::= SEQUENCE {
//	    revocationTime              GeneralizedTime,
//	    revocationReason    [0]     EXPLICIT CRLReason OPTIONAL }
func (s *single) readRevoked(r *cert.Reader) {
	s.revokedAt = cert.ParseTime(r, "revocationTime")
	if e, ok := r.Optional("revocationReason", cert.ContextConstructed(0)); ok {
		inner := r.Inside(e)
		if e, ok := inner.Read("revocationReason", cert.TagEnumerated); ok {
			s.reason = Reason(max(0, readSmall(&inner, e, "revocationReason")))
		}
		inner.End("revocationReason")
	}
	r.End("revokedInfo")
}

// judge says why the answer can't be relied on. The extensions of CRL entries may stand here too: RFC 6960, Section 4.4.5.
func (s *single) judge(problems []cert.Problem) *fault {
	if f := malformed("the answer", problems); f != nil {
		return f
	}
	critical, twice := notUnderstood(s.extensions, extArchiveCutoff, extCRLReferences, cert.ExtCRLReason, cert.ExtInvalidityDate,
		cert.ExtOCSPSCTList)
	switch {
	case critical != nil:
		return &fault{message: "the answer has a critical extension that isn't known here", expected: "known extensions", actual: critical.ID.Label()}
	case twice != nil:
		return &fault{message: "the answer has an extension twice", expected: "each once", actual: twice.ID.Label(), theirs: true}
	case s.status == StatusUnusable || s.thisUpdate.IsZero():
		return &fault{message: "the answer is malformed", expected: "a status and its time", actual: "none", theirs: true}
	}
	return nil
}

// sctList returns the list of timestamps that the answer carries, nil for none. RFC 6962, Section 3.3.
func (s *single) sctList() []byte {
	x := find(s.extensions, cert.ExtOCSPSCTList)
	if x == nil {
		return nil
	}
	r := cert.NewReader(x.Value, 0, nil)
	e, ok := r.Read("", cert.TagOctetString)
	if !ok {
		return nil
	}
	return e.Content
}

// identity is a certificate as CertIDs name it.
type identity struct {
	subject *Subject
	cache   map[crypto.Hash][3][]byte // the hashes of both spellings of the issuer's name, and of its key
}

func newIdentity(s *Subject) identity {
	return identity{subject: s, cache: map[crypto.Hash][3][]byte{}}
}

// match reports whether a CertID, whose content r reads, names the certificate.
//
//	CertID          ::=     SEQUENCE {
//	    hashAlgorithm       AlgorithmIdentifier,
//	    issuerNameHash      OCTET STRING, -- Hash of issuer's DN
//	    issuerKeyHash       OCTET STRING, -- Hash of issuer's public key
//	    serialNumber        CertificateSerialNumber }                     RFC 6960, Section 4.1.1
func (id identity) match(r *cert.Reader) bool {
	h := signature.HashOf(cert.ParseAlgorithm(r, "certID.hashAlgorithm").OID)
	name, ok1 := r.Read("certID.issuerNameHash", cert.TagOctetString)
	key, ok2 := r.Read("certID.issuerKeyHash", cert.TagOctetString)
	serial, ok3 := r.Read("certID.serialNumber", cert.TagInteger)
	r.End("certID")
	if !ok1 || !ok2 || !ok3 || !sameInteger(serial.Content, id.subject.Cert.Serial) {
		return false
	}
	sums, ok := id.sums(h)
	return ok && (bytes.Equal(name.Content, sums[0]) || bytes.Equal(name.Content, sums[1])) && bytes.Equal(key.Content, sums[2])
}

// sums hashes the issuer's name, as the certificate and as the issuer itself spells it, and its key.
func (id identity) sums(h crypto.Hash) (sums [3][]byte, ok bool) {
	if sums, ok = id.cache[h]; ok {
		return sums, sums[2] != nil
	}
	s := id.subject
	if s.Issuer != nil {
		sums = [3][]byte{hashOf(h, s.Cert.Issuer.Raw), hashOf(h, s.Issuer.Subject.Raw), hashOf(h, s.Issuer.PublicKey.Key)}
	}
	id.cache[h] = sums
	return sums, sums[2] != nil
}

// hashOf hashes with one of the functions that CertIDs are made with, nil for another.
func hashOf(h crypto.Hash, data []byte) []byte {
	switch h {
	case crypto.SHA1:
		return sha1Of(data)
	case crypto.SHA224:
		s := sha256.Sum224(data)
		return s[:]
	case crypto.SHA256:
		s := sha256.Sum256(data)
		return s[:]
	case crypto.SHA384:
		s := sha512.Sum384(data)
		return s[:]
	case crypto.SHA512:
		s := sha512.Sum512(data)
		return s[:]
	}
	return nil
}

func sha1Of(data []byte) []byte {
	s := sha1.Sum(data)
	return s[:]
}
