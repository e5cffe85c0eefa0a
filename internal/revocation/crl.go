package revocation

import (
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// CRL is what could be read of a certificate revocation list. Its entries are read when they are asked for, out of Raw.
//
//	CertificateList  ::=  SEQUENCE  {
//	     tbsCertList          TBSCertList,
//	     signatureAlgorithm   AlgorithmIdentifier,
//	     signatureValue       BIT STRING  }
//
//	TBSCertList  ::=  SEQUENCE  {
//	     version                 Version OPTIONAL,
//	     signature               AlgorithmIdentifier,
//	     issuer                  Name,
//	     thisUpdate              Time,
//	     nextUpdate              Time OPTIONAL,
//	     revokedCertificates     SEQUENCE OF SEQUENCE  {
//	          userCertificate         CertificateSerialNumber,
//	          revocationDate          Time,
//	          crlEntryExtensions      Extensions OPTIONAL } OPTIONAL,
//	     crlExtensions           [0]  EXPLICIT Extensions OPTIONAL }      RFC 5280, Section 5.1
type CRL struct {
	Raw    []byte // must not change
	RawTBS []byte // what is signed

	Version            int // 1 or 2 as people count
	InnerAlgorithm     cert.AlgorithmIdentifier
	Issuer             cert.Name
	ThisUpdate         cert.Time
	NextUpdate         cert.Time // Raw is nil if absent
	Extensions         []cert.Extension
	SignatureAlgorithm cert.AlgorithmIdentifier
	Signature          []byte

	Number     []byte                   // content of cRLNumber's INTEGER, nil if absent
	BaseNumber []byte                   // of deltaCRLIndicator; nil if this is a complete list
	Scope      *Scope                   // issuingDistributionPoint, nil if absent
	Authority  *cert.AuthorityKeyID     // nil if absent
	Freshest   []cert.DistributionPoint // freshestCRL: where deltas are

	entries  cert.Element // revokedCertificates
	count    int
	issuer   string // canonical
	fault    *fault // nothing of it can be relied on
	informal *fault // not in the form that RFC 5280 demands: that something isn't on it, can't be relied on
}

// Scope is what a list is about. RFC 5280, Section 5.2.5.
type Scope struct {
	Raw            []byte // the value of the extension
	HasName        bool   // it is for a distribution point
	FullName       cert.GeneralNames
	RelativeName   []byte // content of nameRelativeToCRLIssuer, nil if absent
	UserCerts      bool   // onlyContainsUserCerts
	CACerts        bool   // onlyContainsCACerts
	SomeReasons    bool   // onlySomeReasons
	Reasons        cert.ReasonFlags
	Indirect       bool // indirectCRL
	AttributeCerts bool // onlyContainsAttributeCerts
}

// Len returns the number of entries.
func (l *CRL) Len() int { return l.count }

// IsDelta reports whether the list says only what has changed since another one.
func (l *CRL) IsDelta() bool { return l.BaseNumber != nil }

// ParseCRL reads a list. It always returns one, with the fields that could be read, and what was wrong with the rest. The work is
// linear in its size, and what it keeps beside der doesn't grow with the number of entries.
func ParseCRL(der []byte) (*CRL, []cert.Problem) {
	l := &CRL{Version: 1}
	var notes cert.Notes
	outer := cert.NewReader(der, 0, &notes)
	if e, ok := outer.Read("crl", cert.TagSequence); ok {
		l.Raw = e.Raw
		r := outer.Inside(e)
		l.readOutline(&r)
		outer.End("crl")
	}
	l.readExtensions(&notes)
	l.issuer = l.Issuer.Canonical()
	l.fault = l.judge(notes.Problems())
	if f := l.scan(&notes); l.fault == nil {
		l.fault = f
	}
	if l.fault == nil {
		l.informal = l.judgeForm()
	}
	return l, notes.Problems()
}

func (l *CRL) readOutline(r *cert.Reader) {
	if e, ok := r.Read("tbsCertList", cert.TagSequence); ok {
		l.RawTBS = e.Raw
		inner := r.Inside(e)
		l.readTBS(&inner)
	}
	l.SignatureAlgorithm = cert.ParseAlgorithm(r, "signatureAlgorithm")
	l.Signature = readBits(r, "signatureValue")
	r.End("crl")
}

func (l *CRL) readTBS(r *cert.Reader) {
	if e, ok := r.Optional("tbsCertList.version", cert.TagInteger); ok {
		l.Version = readSmall(r, e, "tbsCertList.version") + 1
	}
	l.InnerAlgorithm = cert.ParseAlgorithm(r, "tbsCertList.signature")
	l.Issuer = cert.ParseName(r, "tbsCertList.issuer")
	l.ThisUpdate = cert.ParseTime(r, "tbsCertList.thisUpdate")
	if tag, ok := r.Peek(); ok && (tag == cert.TagUTCTime || tag == cert.TagGeneralizedTime) {
		l.NextUpdate = cert.ParseTime(r, "tbsCertList.nextUpdate")
	}
	l.entries, _ = r.Optional("tbsCertList.revokedCertificates", cert.TagSequence)
	if e, ok := r.Optional("tbsCertList.crlExtensions", cert.ContextConstructed(0)); ok {
		inner := r.Inside(e)
		l.Extensions = cert.ParseExtensions(&inner, "tbsCertList.crlExtensions")
		inner.End("tbsCertList.crlExtensions")
	}
	r.End("tbsCertList")
}

// readExtensions takes the first extension of each kind that matters.
func (l *CRL) readExtensions(notes *cert.Notes) {
	number := func(id cert.ID) []byte {
		x := find(l.Extensions, id)
		if x == nil {
			return nil
		}
		r := cert.NewReader(x.Value, x.Off, notes)
		e, _ := r.Read(id.Name(), cert.TagInteger)
		r.End(id.Name())
		if len(e.Content) == 0 || e.Content[0] >= 0x80 {
			r.Note(cert.BadValue, e, id.Name(), "a number that isn't negative", "another value")
			return []byte{}
		}
		return e.Content
	}
	l.Number, l.BaseNumber = number(cert.ExtCRLNumber), number(cert.ExtDeltaCRLIndicator)
	var problems []cert.Problem
	if x := find(l.Extensions, cert.ExtAuthorityKeyID); x != nil {
		l.Authority, problems = x.AuthorityKeyID()
	}
	if x := find(l.Extensions, cert.ExtFreshestCRL); x != nil {
		var more []cert.Problem
		l.Freshest, more = x.DistributionPoints()
		problems = append(problems, more...)
	}
	for _, p := range problems {
		notes.Add(p)
	}
	if x := find(l.Extensions, cert.ExtIssuingDistributionPoint); x != nil {
		r := cert.NewReader(x.Value, x.Off, notes)
		l.Scope = readScope(&r, x.Value)
	}
}

// readScope reads the issuing distribution point.
//
//	IssuingDistributionPoint ::= SEQUENCE {
//	     distributionPoint          [0] DistributionPointName OPTIONAL,
//	     onlyContainsUserCerts      [1] BOOLEAN DEFAULT FALSE,
//	     onlyContainsCACerts        [2] BOOLEAN DEFAULT FALSE,
//	     onlySomeReasons            [3] ReasonFlags OPTIONAL,
//	     indirectCRL                [4] BOOLEAN DEFAULT FALSE,
//	     onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE }           RFC 5280, Section 5.2.5
func readScope(outer *cert.Reader, raw []byte) *Scope {
	const field = "issuingDistributionPoint"
	s := &Scope{Raw: raw}
	e, ok := outer.Read(field, cert.TagSequence)
	outer.End(field)
	if !ok {
		return s
	}
	r := outer.Inside(e)
	flag := func(n uint32) bool {
		e, ok := r.Optional(field, cert.Context(n))
		if ok && len(e.Content) != 1 {
			r.Note(cert.BadValue, e, field, "a BOOLEAN of one octet", "another length")
		}
		return ok && len(e.Content) > 0 && e.Content[0] != 0
	}
	if e, ok := r.Optional(field, cert.ContextConstructed(0)); ok {
		inner := r.Inside(e)
		s.HasName = true
		s.FullName, s.RelativeName = cert.ParseDistributionPointName(&inner, field)
	}
	s.UserCerts, s.CACerts = flag(1), flag(2)
	if e, ok := r.Optional(field, cert.Context(3)); ok {
		s.SomeReasons, s.Reasons = true, cert.ParseReasonFlags(&r, e, field)
	}
	s.Indirect, s.AttributeCerts = flag(4), flag(5)
	r.End(field)
	return s
}

// judge says why nothing of the list can be relied on, whoever has signed it.
func (l *CRL) judge(problems []cert.Problem) *fault {
	if f := malformed("the list", problems); f != nil {
		return f
	}
	critical, twice := notUnderstood(l.Extensions, cert.ExtCRLNumber, cert.ExtDeltaCRLIndicator, cert.ExtIssuingDistributionPoint,
		cert.ExtAuthorityKeyID, cert.ExtFreshestCRL, cert.ExtIssuerAltName, cert.ExtAuthorityInfoAccess)
	switch {
	case critical != nil:
		return &fault{message: "it has a critical extension that isn't known here", expected: "known extensions", actual: critical.ID.Label(), ref: "RFC 5280, Section 5.2"}
	case twice != nil:
		return &fault{message: "it has an extension twice", expected: "each once", actual: twice.ID.Label(), ref: "RFC 5280, Section 5.2", theirs: true}
	case string(l.InnerAlgorithm.Raw) != string(l.SignatureAlgorithm.Raw):
		return &fault{message: "its signature algorithm isn't the one that was signed", expected: l.InnerAlgorithm.String(), actual: l.SignatureAlgorithm.String(), ref: "RFC 5280, Section 5.1.1.2", theirs: true}
	case l.Version != 1 && l.Version != 2:
		return &fault{message: "it is of a version that isn't known here", expected: "version 2", actual: fmt.Sprint("version ", l.Version), ref: "RFC 5280, Section 5.1.2.1"}
	case l.ThisUpdate.IsZero():
		return &fault{message: "it doesn't say when it was made", expected: "thisUpdate", actual: "none", ref: "RFC 5280, Section 5.1.2.4", theirs: true}
	}
	return nil
}

// judgeForm says in what the list isn't as RFC 5280 demands, where that gives reason to doubt how carefully it was made. A list
// of version 1, which has no extensions at all, is let pass.
func (l *CRL) judgeForm() *fault {
	number := find(l.Extensions, cert.ExtCRLNumber)
	bad := func(message, expected, actual, ref string) *fault {
		return &fault{message: message, expected: expected, actual: actual, ref: ref, theirs: true, stale: true}
	}
	switch {
	case l.NextUpdate.IsZero():
		return bad("it doesn't say until when it holds", "nextUpdate", "none", "RFC 5280, Section 5.1.2.5")
	case l.Version == 1 && len(l.Extensions) > 0:
		return bad("it has extensions, and says that it is of version 1", "version 2", "version 1", "RFC 5280, Section 5.1.2.1")
	case l.Version == 2 && number == nil:
		return bad("it has no number", "a cRLNumber", "none", "RFC 5280, Section 5.2.3")
	case number != nil && number.Critical:
		return bad("its number is a critical extension", "a cRLNumber that isn't critical", "a critical one", "RFC 5280, Section 5.2.3")
	}
	return nil
}
