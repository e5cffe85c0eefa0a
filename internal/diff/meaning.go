package diff

// A meaning says what it comes to when a fact changes. rank orders the values in one respect: what ranks higher is better, or, for a
// meaning that is neutral, only different. Several meanings of a fact stand for themselves: a suite may lose forward secrecy and AEAD.
type meaning struct {
	fact     string
	rank     rank // nil: any two values that are there
	neutral  bool
	up, down string // what it is called when the rank rises, and when it falls
	ref      string
}

// meanings is the table: docs/diff.md shows it, and a test holds them equal.
var meanings = [...]meaning{
	{fact: "version", rank: rankVersion, up: "version raised", down: "version lowered", ref: "RFC 9325, Section 3.1.1"},
	{fact: "cipher_suite", rank: ofSuite(forwardSecrecy), up: "forward secrecy gained", down: "forward secrecy lost", ref: "RFC 9325, Section 4.1"},
	{fact: "cipher_suite", rank: ofSuite(authenticated), up: "authentication gained", down: "authentication lost", ref: "RFC 9325, Section 5.1"},
	{fact: "cipher_suite", rank: ofSuite(aead), up: "AEAD gained", down: "AEAD lost", ref: "RFC 9325, Section 4.2"},
	{fact: "cipher_suite", rank: ofSuite(cipherStrength), up: "cipher stronger", down: "cipher weaker", ref: "RFC 9325, Section 4.1"},
	{fact: "group", rank: rankQuantum, up: "post-quantum gained", down: "post-quantum lost", ref: "recorded traffic can be read once there are quantum computers"},
	{fact: "group", rank: rankGroup, up: "group stronger", down: "group weaker", ref: "RFC 9325, Section 4.5"},
	{fact: "signature_scheme", rank: rankSignature, up: "signature algorithm stronger", down: "signature algorithm weaker", ref: "RFC 9155, Section 2"},
	{fact: "compression", rank: rankNull, up: "compression off", down: "compression on", ref: "RFC 9325, Section 3.3"},
	{fact: "alpn", rank: rankPresent, up: "ALPN gained", down: "ALPN lost", ref: "RFC 7301, Section 3.1"},
	{fact: "alpn", neutral: true, up: "ALPN changed", ref: "RFC 7301, Section 3.1"},
	{fact: "hello_retry_request", rank: rankAbsent, up: "round trip saved", down: "extra round trip", ref: "RFC 8446, Section 4.1.4"},
	{fact: "resumed", rank: rankPresent, neutral: true, up: "session resumed", down: "session not resumed"},
	{fact: "extended_master_secret", rank: rankPresent, up: "extended master secret gained", down: "extended master secret lost", ref: "RFC 7627, Section 1"},
	{fact: "encrypt_then_mac", rank: rankPresent, up: "encrypt-then-MAC gained", down: "encrypt-then-MAC lost", ref: "RFC 7366, Section 1"},
	{fact: "secure_renegotiation", rank: rankPresent, up: "secure renegotiation gained", down: "secure renegotiation lost", ref: "RFC 5746, Section 3.4"},
	{fact: "client_certificate", rank: rankPresent, neutral: true, up: "client certificate asked for now", down: "client certificate not asked for any more", ref: "RFC 8446, Section 4.3.2"},
	{fact: "ocsp_staple", rank: rankPresent, up: "OCSP staple gained", down: "OCSP staple lost", ref: "RFC 6066, Section 8"},
	{fact: "scts", rank: rankCount, up: "certificate timestamps gained", down: "certificate timestamps lost", ref: "RFC 6962, Section 3.3"},
	{fact: "ticket_lifetime", rank: rankNumber, neutral: true, up: "ticket lifetime longer", down: "ticket lifetime shorter", ref: "RFC 8446, Section 4.6.1"},
	{fact: "certificate.names", rank: rankPresent, up: "name gained", down: "name lost", ref: "RFC 9525, Section 6"},
	{fact: "certificate.issuer", neutral: true, up: "issuer changed"},
	{fact: "certificate.not_after", rank: rankTime, up: "expires later", down: "expires sooner", ref: "RFC 5280, Section 4.1.2.5"},
	{fact: "certificate.key", rank: rankKey, up: "key stronger", down: "key weaker", ref: "NIST SP 800-57 Part 1, Table 2"},
	{fact: "certificate.pin", neutral: true, up: "another key", ref: "RFC 7469, Section 2.4"},
	{fact: "certificate.signature", rank: rankSignature, up: "signature algorithm stronger", down: "signature algorithm weaker", ref: "RFC 9155, Section 2"},
	{fact: "failing", rank: rankAbsent, up: "check passes now", down: "check fails now"},
	{fact: "outcome", rank: rankReached, up: "answers now", down: "doesn't answer any more"},
	{fact: "outcome", rank: rankFinished, up: "handshake succeeds now", down: "handshake fails now"},
	{fact: "outcome", rank: rankTrusted, up: "trusted now", down: "not trusted any more"},
}

// followers are the paths whose differences follow when a fact changes, and so are no differences of their own.
var followers = [...]struct {
	fact  string
	paths []string
}{
	{"version", []string{
		"server_hello.extensions", "server_hello.legacy_session_id_echo", "encrypted_extensions", "certificate.certificate_request_context",
		"certificate.certificate_list[*].extensions", "certificate_request", "certificate_verify", "certificate_status", "server_key_exchange",
		"server_hello_done", "client_key_exchange", "change_cipher_spec", "new_session_ticket", "finished.verify_data",
	}},
	{"cipher_suite", []string{"finished.verify_data", "server_key_exchange", "client_key_exchange"}},
	{"group", []string{
		"server_hello.extensions.key_share.server_share.key_exchange", "server_key_exchange.params", "client_key_exchange",
	}},
	{"hello_retry_request", []string{"client_hello#2", "change_cipher_spec"}},
}

// checkMeanings name what it means that a check's status changes, for those checks where there is a better word than that it fails.
var checkMeanings = [...]struct{ id, up, down string }{
	{"validity", "certificate within its validity", "certificate expired, or not yet valid"},
	{"hostname", "certificate is for this name", "certificate is not for this name"},
	{"chain.complete", "chain complete", "chain incomplete"},
	{"chain.root_trust", "root trusted", "root not trusted"},
	{"revocation.ocsp", "certificate not revoked any more", "certificate revoked"},
	{"revocation.crl", "certificate not revoked any more", "certificate revoked"},
}

// meaningsOf says what it means that a fact changes from a to b.
func meaningsOf(key, a, b string) []Meaning {
	var list []Meaning
	for i := range meanings {
		m := &meanings[i]
		if m.fact != key {
			continue
		}
		if m.rank == nil {
			if a != "" && b != "" && a != b {
				list = append(list, Meaning{Neutral, m.up, m.ref})
			}
			continue
		}
		if said, ok := m.compare(a, b); ok {
			list = append(list, said)
		}
	}
	return list
}

// compare applies one row.
func (m *meaning) compare(a, b string) (Meaning, bool) {
	from, ok1 := m.rank(a)
	to, ok2 := m.rank(b)
	switch {
	case !ok1 || !ok2 || from == to:
		return Meaning{}, false
	case m.neutral && to > from:
		return Meaning{Neutral, m.up, m.ref}, true
	case m.neutral:
		return Meaning{Neutral, m.down, m.ref}, true
	case to > from:
		return Meaning{Better, m.up, m.ref}, true
	}
	return Meaning{Worse, m.down, m.ref}, true
}

// meaningOfCheck says what it means that a check comes out differently. An id that is not there is that of a rule that nobody broke.
func meaningOfCheck(id, a, b, ref string) []Meaning {
	m := meaning{rank: rankStatus, up: "check passes now", down: "check fails now", ref: ref}
	if isRule(id) {
		m.up, m.down = "rule kept now", "rule broken now"
	}
	for _, row := range checkMeanings {
		if row.id == id {
			m.up, m.down = row.up, row.down
		}
	}
	said, ok := m.compare(a, b)
	if !ok {
		return nil
	}
	return []Meaning{said}
}
