package render

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/ct"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// extensionWords say what extensions mean, a line for each thing. RFC 5280, Section 4.2; RFC 6962, Section 3.3; RFC 7633.
var extensionWords = [...]struct {
	id   cert.ID
	says func(*cert.Certificate, cert.Extension) ([]string, []cert.Problem)
}{
	{cert.ExtKeyUsage, saysKeyUsage},
	{cert.ExtExtKeyUsage, saysPurposes},
	{cert.ExtBasicConstraints, saysBasicConstraints},
	{cert.ExtSubjectAltName, saysSubjectAltName},
	{cert.ExtIssuerAltName, saysGeneralNames},
	{cert.ExtSubjectKeyID, saysSubjectKeyID},
	{cert.ExtAuthorityKeyID, saysAuthorityKeyID},
	{cert.ExtCertificatePolicies, saysPolicies},
	{cert.ExtPolicyMappings, saysPolicyMappings},
	{cert.ExtPolicyConstraints, saysPolicyConstraints},
	{cert.ExtInhibitAnyPolicy, saysInhibitAnyPolicy},
	{cert.ExtNameConstraints, saysNameConstraints},
	{cert.ExtAuthorityInfoAccess, saysAuthorityInfoAccess},
	{cert.ExtCRLDistributionPoints, saysDistributionPoints},
	{cert.ExtFreshestCRL, saysDistributionPoints},
	{cert.ExtSCTList, saysSCTList},
	{cert.ExtTLSFeature, saysTLSFeature},
	{cert.ExtCTPoison, saysFixed("a precertificate, which nobody may accept")},
	{cert.ExtOCSPNoCheck, saysFixed("the responder's own revocation is not to be checked")},
	{cert.ExtDelegationUsage, saysFixed("may sign delegated credentials")},
}

// describeExtension says what an extension means. Where nothing is known of it that is nothing; of one that occurred before
// it is not said again, for all readers take the first.
func describeExtension(c *cert.Certificate, x cert.Extension, again bool) ([]string, []cert.Problem) {
	if again {
		return []string{"a duplicate, which RFC 5280, Section 4.2, forbids"}, nil
	}
	for i := range extensionWords {
		if x.ID.Is(extensionWords[i].id) {
			return extensionWords[i].says(c, x)
		}
	}
	return nil, nil
}

func saysFixed(text string) func(*cert.Certificate, cert.Extension) ([]string, []cert.Problem) {
	return func(*cert.Certificate, cert.Extension) ([]string, []cert.Problem) { return []string{text}, nil }
}

func saysKeyUsage(_ *cert.Certificate, x cert.Extension) ([]string, []cert.Problem) {
	usage, problems := x.KeyUsage()
	if usage == 0 {
		return []string{"none"}, problems
	}
	return []string{usage.String()}, problems
}

func saysPurposes(_ *cert.Certificate, x cert.Extension) (said []string, problems []cert.Problem) {
	ids, problems := x.OIDs()
	return []string{strings.Join(labels(ids), ", ")}, problems
}

func labels(ids []cert.OID) (list []string) {
	for _, id := range ids {
		list = append(list, id.Label())
	}
	return list
}

func saysBasicConstraints(_ *cert.Certificate, x cert.Extension) ([]string, []cert.Problem) {
	b, problems := x.BasicConstraints()
	switch {
	case b.CA && b.PathLen == 0:
		return []string{"an authority, with no intermediate below it"}, problems
	case b.CA && b.PathLen > 0:
		return []string{"an authority, with at most " + count(b.PathLen, "intermediate", "intermediates") + " below it"}, problems
	case b.CA:
		return []string{"an authority"}, problems
	case b.PathLen >= 0:
		return []string{fmt.Sprintf("no authority, and yet a path length of %d", b.PathLen)}, problems
	}
	return []string{"no authority"}, problems
}

// saysSubjectAltName counts the names: they have a list of their own.
func saysSubjectAltName(_ *cert.Certificate, x cert.Extension) ([]string, []cert.Problem) {
	names, problems := x.GeneralNames()
	return []string{count(len(names), "name", "names")}, problems
}

func saysGeneralNames(_ *cert.Certificate, x cert.Extension) (said []string, problems []cert.Problem) {
	names, problems := x.GeneralNames()
	for _, n := range names {
		said = append(said, n.String())
	}
	return said, problems
}

func saysSubjectKeyID(c *cert.Certificate, _ cert.Extension) ([]string, []cert.Problem) {
	id, problems := c.SubjectKeyID()
	return []string{hex.EncodeToString(id)}, problems
}

func saysAuthorityKeyID(_ *cert.Certificate, x cert.Extension) (said []string, problems []cert.Problem) {
	id, problems := x.AuthorityKeyID()
	if id.KeyID != nil {
		said = append(said, hex.EncodeToString(id.KeyID))
	}
	if len(id.Issuer) > 0 || id.Serial != nil {
		said = append(said, "issuer "+id.Issuer.String()+", serial "+hex.EncodeToString(id.Serial))
	}
	return said, problems
}

func saysPolicies(_ *cert.Certificate, x cert.Extension) (said []string, problems []cert.Problem) {
	list, problems := x.Policies()
	for _, p := range list {
		text := p.ID.Label()
		for _, q := range p.Qualifiers {
			if uri := string(q.Value.Content); q.ID.Is(cert.PolicyCPS) {
				text += ", practice statement at " + uri
			} else {
				text += ", " + q.ID.Label()
			}
		}
		said = append(said, text)
	}
	return said, problems
}

func saysPolicyMappings(c *cert.Certificate, _ cert.Extension) (said []string, problems []cert.Problem) {
	list, problems := c.PolicyMappings()
	for _, m := range list {
		said = append(said, m.Issuer.Label()+" is "+m.Subject.Label())
	}
	return said, problems
}

func saysPolicyConstraints(c *cert.Certificate, _ cert.Extension) (said []string, problems []cert.Problem) {
	p, problems := c.PolicyConstraints()
	if p.RequireExplicitPolicy >= 0 {
		said = append(said, "a policy is demanded after "+count(p.RequireExplicitPolicy, "certificate", "certificates"))
	}
	if p.InhibitPolicyMapping >= 0 {
		said = append(said, "no mapping after "+count(p.InhibitPolicyMapping, "certificate", "certificates"))
	}
	return said, problems
}

func saysInhibitAnyPolicy(c *cert.Certificate, _ cert.Extension) ([]string, []cert.Problem) {
	n, problems := c.InhibitAnyPolicy()
	if n < 0 {
		return nil, problems
	}
	return []string{"anyPolicy does not count after " + count(n, "certificate", "certificates")}, problems
}

func saysNameConstraints(c *cert.Certificate, _ cert.Extension) (said []string, problems []cert.Problem) {
	n, problems := c.NameConstraints()
	for _, t := range n.Permitted {
		said = append(said, "permitted "+t.Base.String())
	}
	for _, t := range n.Excluded {
		said = append(said, "excluded "+t.Base.String())
	}
	return said, problems
}

func saysAuthorityInfoAccess(c *cert.Certificate, _ cert.Extension) (said []string, problems []cert.Problem) {
	list, problems := c.AuthorityInfoAccess()
	for _, d := range list {
		where := d.Location.Text()
		if d.Location.Kind != cert.URIName {
			where = d.Location.String()
		}
		said = append(said, accessWord(d.Method)+" "+where)
	}
	return said, problems
}

// accessWord is what is found at a location of authorityInfoAccess.
func accessWord(method cert.OID) string {
	switch {
	case method.Is(cert.AccessOCSP):
		return "OCSP responder"
	case method.Is(cert.AccessCAIssuers):
		return "issuer's certificate"
	}
	return method.Label()
}

func saysDistributionPoints(_ *cert.Certificate, x cert.Extension) (said []string, problems []cert.Problem) {
	points, problems := x.DistributionPoints()
	for _, p := range points {
		text := ""
		for _, n := range p.FullName {
			where := n.String()
			if n.Kind == cert.URIName {
				where = n.Text()
			}
			text = prefixedBy(text, where)
		}
		if p.RelativeName != nil {
			text = prefixedBy(text, "a name relative to the issuer's")
		}
		if p.HasReasons {
			text += ", for some reasons only"
		}
		if len(p.CRLIssuer) > 0 {
			text += ", by " + p.CRLIssuer.String()
		}
		said = append(said, text)
	}
	return said, problems
}

// saysSCTList names the logs. Whether the timestamps are theirs, only verify can say: the issuer's key is part of what they signed.
func saysSCTList(c *cert.Certificate, _ cert.Extension) ([]string, []cert.Problem) {
	list, problems := c.SCTList()
	scts, err := ct.SplitList(list)
	said := []string{count(len(scts), "timestamp", "timestamps") + ", not verified here"}
	for _, raw := range scts {
		said = append(said, sctText(raw))
	}
	if err != nil {
		said[0] += "; " + err.Error()
	}
	return said, problems
}

// sctText is when which log gave a timestamp.
func sctText(raw []byte) string {
	s, err := ct.Parse(raw)
	if err != nil {
		return err.Error()
	}
	from := "log " + s.LogID.String()[:16] + "…, not known here"
	if log := ct.BuiltIn().Lookup(s.LogID); log != nil {
		from = log.Description
	}
	return s.Time().Format("2006-01-02 15:04:05") + " " + from
}

func saysTLSFeature(c *cert.Certificate, _ cert.Extension) ([]string, []cert.Problem) {
	features, problems := c.TLSFeatures()
	var said []string
	for _, f := range features {
		name := strconv.Itoa(f)
		if f >= 0 && f <= 0xffff && iana.ExtensionType(f).Name() != "" {
			name = iana.ExtensionType(f).Name()
		}
		if f == int(iana.ExtStatusRequest) {
			name += ", that is, an OCSP response must be stapled"
		}
		said = append(said, name)
	}
	return said, problems
}
