package audit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// minDHBits is the least size of a finite field, in bits. RFC 9325, Section 4.5.
const minDHBits = 2048

// judge says what is wrong by the RFCs, whatever a policy asks for.
func (e *enumeration) judge(d *Document) []finding.Finding {
	list := []finding.Finding{}
	add := func(id finding.ID, expected, actual string) *finding.Finding {
		f := finding.Of(id)
		f.Expected, f.Actual = expected, actual
		list = append(list, f)
		return &list[len(list)-1]
	}
	judgeVersions(d, add)
	judgeSuites(d, add)
	for i := range d.DH {
		judgeDH(&d.DH[i], add)
	}
	for i := range d.PostQuantum {
		r := &d.PostQuantum[i]
		if r.savesTrip && r.Picked != nil && !withstandsQuantum(iana.Group(r.Picked.Value)) {
			add(finding.EndpointHybridPassedOver, "HelloRetryRequest for "+r.Groups[0].Name, r.Picked.Name)
		}
	}
	judgeQuestions(d, add)
	for i := range d.Certificates {
		if c := &d.Certificates[i]; c.Verdict == "reject" && !onlyForOthers(c) {
			f := add(finding.EndpointCertificateRefused, "a chain that verifies", strings.Join(failedChecks(c.Checks), ", "))
			f.Where.Cert = &finding.Cert{SHA256: c.SHA256}
		}
	}
	return list
}

// onlyForOthers tells a chain that comes only for who asks for a name that the server does not have.
func onlyForOthers(c *Certificate) bool {
	return len(c.Asked) == 1 && c.Asked[0] == forUnknownName
}

type adder = func(id finding.ID, expected, actual string) *finding.Finding

func judgeVersions(d *Document, add adder) {
	for _, p := range d.Protocols {
		switch v := iana.Version(p.Version.Value); {
		case p.Support.Status != Yes || v >= iana.TLS12:
		case v <= iana.SSL30:
			add(finding.EndpointVersionForbidden, "TLS 1.2 or newer", v.String())
		default:
			add(finding.EndpointVersionDeprecated, "TLS 1.2 or newer", v.String())
		}
	}
}

func judgeSuites(d *Document, add adder) {
	for _, p := range d.Protocols {
		var broken []string
		for _, s := range p.Suites {
			if s.Strength == Broken {
				broken = append(broken, s.Suite.Name)
			}
		}
		if len(broken) > 0 {
			add(finding.EndpointSuiteForbidden, "none in "+p.Version.Name, clip(strings.Join(broken, ", ")))
		}
	}
}

func judgeDH(p *DHParameters, add adder) {
	if p.Bits < minDHBits {
		add(finding.EndpointDHWeak, "at least 2048 bits", strconv.Itoa(p.Bits)+" bits")
	}
	if p.Prime == "composite" {
		add(finding.EndpointDHModulus, "a prime", "a composite number")
	}
}

// questionFindings are the answers that are wrong whatever else is asked for.
var questionFindings = [...]struct {
	question string
	wrong    Status
	id       finding.ID
	expected string
}{
	{"key_exchange.reuse", Yes, finding.EndpointKeyReuse, "a key for each connection"},
	{"robust.downgrade_sentinel", No, finding.EndpointDowngradeSentinel, "the mark in each"},
	{"compression", Yes, finding.EndpointCompression, "none"},
	{"extension.renegotiation_info", No, finding.EndpointRenegotiationInfo, "renegotiation_info"},
}

func judgeQuestions(d *Document, add adder) {
	for i := range d.Questions {
		q := &d.Questions[i]
		for _, row := range questionFindings {
			if q.ID == row.question && q.Answer.Status == row.wrong {
				add(row.id, row.expected, strings.TrimSpace(strings.Join(append(q.Values, q.Answer.Reason), " ")))
			}
		}
		for j := range robustness {
			if t := &robustness[j]; t.id == q.ID && q.Answer.Status == No && !slices.Contains(breaksRules[:], t.id) {
				f := add(finding.EndpointIntolerant, t.how+": an answer as to any other hello", q.Answer.Reason)
				f.Ref = t.ref
			}
		}
		if q.Answer.Status == Unknown && strings.Contains(q.Answer.Reason, notOffered) {
			add(finding.EndpointChoiceNotOffered, "a choice of what was offered", q.ID+": "+q.Answer.Reason)
		}
	}
}

// notOffered stands in the reasons of answers that chose such.
const notOffered = "was not offered"

func failedChecks(checks []finding.Finding) (ids []string) {
	for _, f := range checks {
		if f.Status == finding.Fail {
			ids = append(ids, f.ID)
		}
	}
	return ids
}
