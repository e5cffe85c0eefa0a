package render

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// maxNames is how many certificates of a chain are named in the ladder.
const maxNames = 4

func saysCertificate(_ *view, m trace.Fields) []string {
	list := m.At("certificate_list")
	n := list.Len()
	if n == 0 {
		return []string{"no certificate"}
	}
	var names []string
	for entry := range list.Items() {
		if len(names) == maxNames {
			names = append(names, "…")
			break
		}
		c, _ := cert.Parse(entry.At("cert").Bytes())
		names = append(names, subjectName(c))
		switch {
		case n > 1:
		case c.IsSelfIssued():
			names[0] += " (issued by itself)"
		default:
			names = append(names, nameOf(c.Issuer))
		}
	}
	stapled, scts := "", ""
	first := list.Item(0).At("extensions")
	if first.At("status_request").OK() {
		stapled = "OCSP stapled"
	}
	if k := first.At("signed_certificate_timestamp", "sct_list").Len(); k > 0 {
		scts = count(k, "SCT", "SCTs")
	}
	return []string{sentence(count(n, "cert", "certs"), strings.Join(names, " ← "), stapled, scts)}
}

// subjectName is what a certificate is called: its common name, or its first alternative name, or its whole subject.
func subjectName(c *cert.Certificate) string {
	if c.Subject.CommonName() == "" {
		if names, _ := c.SubjectAltName(); len(names) > 0 {
			return quoted(names[0].Text())
		}
	}
	return nameOf(c.Subject)
}

func nameOf(n cert.Name) string {
	if cn := n.CommonName(); cn != "" {
		return quoted(cn)
	}
	if n.IsEmpty() {
		return "(no name)"
	}
	return quoted(n.String())
}

func saysCompressedCertificate(_ *view, m trace.Fields) []string {
	return []string{name(m.At("algorithm")) + " · " + sizeOf(m.At("compressed_certificate_message")) +
		" for " + size(int(num(m.At("uncompressed_length"))))}
}

func saysCertificateRequest(_ *view, m trace.Fields) []string {
	schemes := names(m.At("supported_signature_algorithms"))
	authorities := m.At("certificate_authorities").Len()
	if x := m.At("extensions"); x.OK() {
		schemes = names(x.At("signature_algorithms", "supported_signature_algorithms"))
		authorities = x.At("certificate_authorities", "authorities").Len()
	}
	from := "from any authority"
	if authorities > 0 {
		from = "from " + count(authorities, "authority", "authorities")
	}
	lines := []string{sentence("asks for a certificate "+from, prefixed("types ", joined(names(m.At("certificate_types")), ", ", 4)))}
	return appendLine(lines, prefixed("to sign with ", joined(schemes, ", ", 3)))
}

func saysCertificateStatus(_ *view, m trace.Fields) []string {
	if r := m.At("response"); r.OK() {
		return []string{"OCSP response " + sizeOf(r)}
	}
	return []string{count(m.At("ocsp_response_list").Len(), "OCSP response", "OCSP responses")}
}

func saysCertificateVerify(_ *view, m trace.Fields) []string {
	return []string{name(m.At("algorithm"))}
}
