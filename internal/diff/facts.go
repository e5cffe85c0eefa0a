package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/cert"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// A fact is what a trace comes to in one respect, wherever its version of TLS says it: the group stands in a key share or in a
// ServerKeyExchange. Facts are what meanings are about, and what a lock holds.
type fact struct {
	key   string // public: it stands in locks
	label string // short, within its message
	homes []string
	// locked facts are written to locks: those that are neither fresh nor dated.
	locked bool
	// set: its values have no order, and each counts for itself.
	set bool
	// of returns the values, none for something absent; false where the trace can't tell.
	of func(*side) ([]string, bool)
}

// leaf is where the path of the server's own certificate begins.
const leaf = "certificate.certificate_list[0]"

// facts are all, in the order of locks.
var facts = [...]fact{
	{key: "version", label: "version", locked: true, of: ofCode(func(s *trace.Summary) *trace.Code { return s.Version }),
		homes: []string{"server_hello.extensions.supported_versions", "server_hello.legacy_version"}},
	{key: "cipher_suite", label: "cipher_suite", locked: true, of: ofCode(func(s *trace.Summary) *trace.Code { return s.CipherSuite }),
		homes: []string{"server_hello.cipher_suite"}},
	{key: "group", label: "key_share.group", locked: true, of: groupOf,
		homes: []string{"server_hello.extensions.key_share.server_share.group", "server_key_exchange.params.named_curve", "server_key_exchange.params.dh_p"}},
	{key: "signature_scheme", label: "signature scheme", locked: true, of: schemeOf,
		homes: []string{"certificate_verify.algorithm", "server_key_exchange.algorithm"}},
	{key: "compression", label: "compression", locked: true, of: compressionOf, homes: []string{"server_hello.legacy_compression_method"}},
	{key: "alpn", label: "alpn", locked: true, of: alpnOf,
		homes: []string{"encrypted_extensions.extensions.application_layer_protocol_negotiation", "server_hello.extensions.application_layer_protocol_negotiation"}},
	{key: "supported_groups", label: "groups the server names", locked: true, of: serverGroupsOf,
		homes: []string{"encrypted_extensions.extensions.supported_groups"}},
	{key: "hello_retry_request", label: "round trips", locked: true, homes: []string{"hello_retry_request"},
		of: ofBool(func(s *trace.Summary) *bool { return s.HelloRetryRequest })},
	{key: "resumed", label: "resumed", homes: []string{"server_hello.extensions.pre_shared_key"},
		of: ofBool(func(s *trace.Summary) *bool { return s.Resumed })},
	{key: "extended_master_secret", label: "extended_master_secret", locked: true, homes: []string{"server_hello.extensions.extended_master_secret"},
		of: ofBool(func(s *trace.Summary) *bool { return s.ExtendedMasterSecret })},
	{key: "encrypt_then_mac", label: "encrypt_then_mac", locked: true, homes: []string{"server_hello.extensions.encrypt_then_mac"},
		of: ofBool(func(s *trace.Summary) *bool { return s.EncryptThenMAC })},
	{key: "secure_renegotiation", label: "secure renegotiation", locked: true, homes: []string{"server_hello.extensions.renegotiation_info"},
		of: ofBool(func(s *trace.Summary) *bool { return s.SecureRenegotiation })},
	{key: "client_certificate", label: "client certificate", locked: true, homes: []string{"certificate_request"},
		of: ofBool(func(s *trace.Summary) *bool { return s.ClientCertificateRequested })},
	{key: "ocsp_staple", label: "OCSP staple", locked: true, homes: []string{leaf + ".extensions.status_request", "certificate_status"},
		of: ofBool(func(s *trace.Summary) *bool { return s.OCSPStapled })},
	{key: "scts", label: "timestamps", locked: true, homes: []string{leaf + ".cert.tbs.extensions.signed_certificate_timestamp_list"}, of: sctsOf},
	{key: "ticket_lifetime", label: "ticket_lifetime", homes: []string{"new_session_ticket.ticket_lifetime", "new_session_ticket.ticket_lifetime_hint"},
		of: ticketLifetimeOf},
	{key: "chain", label: "chain", locked: true, set: true, homes: []string{"certificate.certificate_list"}, of: chainOf},
}

func ofCode(of func(*trace.Summary) *trace.Code) func(*side) ([]string, bool) {
	return func(s *side) ([]string, bool) {
		c := of(&s.Summary)
		if c == nil {
			return nil, false
		}
		return []string{clip(codeWord(c))}, true
	}
}

func ofBool(of func(*trace.Summary) *bool) func(*side) ([]string, bool) {
	return func(s *side) ([]string, bool) {
		switch v := of(&s.Summary); {
		case v == nil:
			return nil, false
		case *v:
			return []string{yes}, true
		}
		return []string{no}, true
	}
}

// groupOf is the group by its name, a finite-field group without one by its size; none for a key exchange that has no group.
func groupOf(s *side) ([]string, bool) {
	if g := s.Summary.Group; g != nil {
		return []string{clip(codeWord(g))}, true
	}
	if x := s.exchange; x != nil {
		if x.Bits > 0 {
			return []string{fieldPrefix + strconv.Itoa(x.Bits) + fieldSuffix}, true
		}
		return nil, true
	}
	return nil, false
}

// schemeOf is known where the server had to sign. TLS 1.0 and 1.1 have no name for how.
func schemeOf(s *side) ([]string, bool) {
	if c := s.Summary.SignatureScheme; c != nil {
		return []string{clip(codeWord(c))}, true
	}
	return nil, false
}

func compressionOf(s *side) ([]string, bool) {
	if c := s.message(trace.Received, serverHello).Fields().At("legacy_compression_method").Code(); c != nil {
		return []string{clip(codeWord(c))}, true
	}
	return nil, false
}

// alpnOf is known once the message has come that would answer. RFC 7301, Section 3.1; RFC 8446, Section 4.3.1.
func alpnOf(s *side) ([]string, bool) {
	if p := s.Summary.ALPN; p != nil {
		return []string{clip(*p)}, true
	}
	answered := s.has("encrypted_extensions") || s.Summary.Version != nil && !s.is13()
	return nil, answered
}

// serverGroupsOf is the server's own order of groups, where it tells: RFC 8446, Section 4.2.7.
func serverGroupsOf(s *side) ([]string, bool) {
	if !s.has("encrypted_extensions") {
		return nil, false
	}
	var list []string
	for g := range s.message(trace.Received, "encrypted_extensions").Fields().At("extensions", "supported_groups", "named_group_list").Items() {
		if len(list) == maxValues {
			break
		}
		list = append(list, wordOf(g))
	}
	if len(list) == 0 {
		return nil, true
	}
	return []string{clip(strings.Join(list, ", "))}, true
}

func sctsOf(s *side) ([]string, bool) {
	n := s.Summary.SCTCount
	if n == nil {
		return nil, false
	}
	return []string{strconv.Itoa(*n)}, true
}

// ticketLifetimeOf is known only where a ticket came: one that is late is no ticket less.
func ticketLifetimeOf(s *side) ([]string, bool) {
	ticket := s.message(trace.Received, newSessionTicket).Fields()
	for _, name := range [...]string{"ticket_lifetime", "ticket_lifetime_hint"} {
		if n, ok := ticket.At(name).Num(); ok && n > 0 { // a hint of 0 says nothing: RFC 5077, Section 3.3
			return []string{strconv.FormatUint(n, 10)}, true
		}
	}
	return nil, false
}

// chainOf is who the certificates after the server's own are for.
func chainOf(s *side) ([]string, bool) {
	if len(s.chain) == 0 {
		return nil, false
	}
	var subjects []string
	for _, c := range s.chain[1:] {
		subjects = append(subjects, clip(c.Subject.String()))
	}
	return subjects, true
}

// certFact is a fact of one certificate.
type certFact struct {
	key    string
	label  string
	path   string // below that of the certificate
	locked bool   // of the server's own certificate it is written to locks
	set    bool
	of     func(*cert.Certificate) []string
}

const extensionsOf = "tbs.extensions."

// certFacts are what two certificates are compared by. What each certificate has of its own (serial number, signature, timestamps,
// identifiers of keys, and the beginning of its life) is no difference between two that replace each other.
var certFacts = [...]certFact{
	{key: "certificate.subject", label: "subject", path: "tbs.subject", locked: true, of: func(c *cert.Certificate) []string { return one(c.Subject.String()) }},
	{key: "certificate.names", label: "names", path: extensionsOf + "subject_alt_name", locked: true, set: true, of: namesOf},
	{key: "certificate.issuer", label: "issuer", path: "tbs.issuer", locked: true, of: func(c *cert.Certificate) []string { return one(c.Issuer.String()) }},
	{key: "certificate.not_after", label: "not_after", path: "tbs.validity.not_after", of: notAfterOf},
	{key: "certificate.key", label: "key", path: "tbs.subject_public_key_info.algorithm", locked: true, of: func(c *cert.Certificate) []string { return one(c.PublicKey.String()) }},
	{key: "certificate.pin", label: "key itself", path: "tbs.subject_public_key_info.subject_public_key", of: pinOf},
	{key: "certificate.signature", label: "signature algorithm", path: "signature_algorithm", locked: true,
		of: func(c *cert.Certificate) []string { return one(c.SignatureAlgorithm.OID.Label()) }},
	{key: "certificate.usage", label: "key_usage", path: extensionsOf + "key_usage", locked: true, of: usageOf},
	{key: "certificate.purposes", label: "ext_key_usage", path: extensionsOf + "ext_key_usage", locked: true, set: true, of: purposesOf},
	{key: "certificate.authority", label: "basic_constraints", path: extensionsOf + "basic_constraints", locked: true, of: authorityOf},
	{key: "certificate.policies", label: "policies", path: extensionsOf + "certificate_policies", locked: true, set: true, of: policiesOf},
	{key: "certificate.must_staple", label: "must-staple", path: extensionsOf + "tls_feature", locked: true,
		of: func(c *cert.Certificate) []string { return yesNo(c.MustStaple()) }},
	{key: "certificate.ocsp", label: "OCSP responders", path: extensionsOf + "authority_info_access", set: true,
		of: func(c *cert.Certificate) []string { return clipped(c.OCSPServers()) }},
	{key: "certificate.issuer_urls", label: "issuer's certificate", path: extensionsOf + "authority_info_access", set: true,
		of: func(c *cert.Certificate) []string { return clipped(c.IssuingCertificateURLs()) }},
	{key: "certificate.extensions", label: "extensions", path: "tbs.extensions", set: true, of: extensionIDs},
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{clip(s)}
}

func yesNo(b bool) []string {
	if b {
		return []string{yes}
	}
	return []string{no}
}

// maxValues bounds the values of a set that are looked at.
const maxValues = 4096

func clipped(list []string) []string {
	out := make([]string, 0, min(len(list), maxValues))
	for _, s := range list[:min(len(list), maxValues)] {
		out = append(out, clip(s))
	}
	return out
}

func namesOf(c *cert.Certificate) []string {
	names, _ := c.SubjectAltName()
	var list []string
	for _, n := range names[:min(len(names), maxValues)] {
		list = append(list, clip(n.String()))
	}
	return list
}

func notAfterOf(c *cert.Certificate) []string {
	if c.NotAfter.IsZero() {
		return nil
	}
	return one(c.NotAfter.UTC().Format("2006-01-02T15:04:05Z07:00"))
}

func pinOf(c *cert.Certificate) []string {
	sum := c.SPKIFingerprint()
	return one(bytesWord(sum[:]))
}

func usageOf(c *cert.Certificate) []string {
	if usage, ok, _ := c.KeyUsage(); ok {
		return one(usage.String())
	}
	return nil
}

func purposesOf(c *cert.Certificate) []string {
	usages, _, _ := c.ExtKeyUsage()
	var list []string
	for _, u := range usages[:min(len(usages), maxValues)] {
		list = append(list, clip(u.Label()))
	}
	return list
}

func policiesOf(c *cert.Certificate) []string {
	policies, _, _ := c.Policies()
	var list []string
	for _, p := range policies[:min(len(policies), maxValues)] {
		list = append(list, clip(p.ID.String()))
	}
	return list
}

func authorityOf(c *cert.Certificate) []string {
	if b, _ := c.BasicConstraints(); b != nil && b.CA {
		return []string{"CA"}
	}
	return nil
}

func extensionIDs(c *cert.Certificate) []string {
	var list []string
	for _, x := range c.Extensions[:min(len(c.Extensions), maxValues)] {
		list = append(list, clip(x.ID.Label()))
	}
	return list
}

// homeOf returns the path of a fact in a trace: the first of its homes that is there, else the first.
func (f *fact) homeOf(sides ...*side) string {
	for _, s := range sides {
		for _, home := range f.homes {
			if s.find(home).OK() {
				return home
			}
		}
	}
	return f.homes[0]
}

// find returns the field at a path of what the server sent.
func (s *side) find(path string) trace.Fields {
	kind, _ := cutStep(path)
	return s.message(trace.Received, kind).Fields().Find(path)
}

// valuesOf are the values as one text; nil for something absent.
func textOf(values []string) *string {
	if len(values) == 0 {
		return nil
	}
	text := values[0]
	for _, v := range values[1:] {
		if len(text) > maxText {
			break
		}
		text += ", " + v
	}
	text = clip(text)
	return &text
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// lostAndGained compares two sets: what only the first has, and what only the second has, each in its order and once.
func lostAndGained(a, b []string) (lost, gained []string) {
	minus := func(from, what []string) (rest []string) {
		seen := make(map[string]bool, len(what)+len(from))
		for _, v := range what {
			seen[v] = true
		}
		for _, v := range from {
			if !seen[v] {
				seen[v] = true
				rest = append(rest, v)
			}
		}
		return rest
	}
	return minus(a, b), minus(b, a)
}

// differs reports whether two facts are not the same.
func differs(a, b []string, set bool) bool {
	if !set {
		return !slices.Equal(a, b)
	}
	lost, gained := lostAndGained(a, b)
	return len(lost)+len(gained) > 0
}
