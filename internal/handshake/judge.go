package handshake

import (
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// judge says of what was negotiated whether it is still good: RFC 8996, RFC 9325, Section 4.
func (e *Engine) judge() {
	s := &e.session
	e.verdictOn(finding.SessionVersion, s.Version.String(), badVersion(s.Version))
	e.verdictOn(finding.SessionCipher, s.Suite.String(), badCipher(&s.Params))
	e.verdictOn(finding.SessionKeyExchange, "", badExchange(s))
}

// verdictOn reports a check on what was negotiated; fault is empty where there is none.
func (e *Engine) verdictOn(id finding.ID, what, fault string) {
	if fault == "" {
		e.check(finding.Passed(id, what))
		return
	}
	f := finding.Of(id)
	f.Message, f.Actual = fault, what
	e.check(f)
}

func badVersion(v iana.Version) string {
	switch {
	case v <= iana.SSL30:
		return "SSL 3.0 is broken and must not be used (RFC 7568)"
	case v < iana.TLS12:
		return v.String() + " is deprecated (RFC 8996)"
	}
	return ""
}

// cipherFaults says what is wrong with a cipher.
var cipherFaults = [...]struct {
	cipher iana.Cipher
	fault  string
}{
	{iana.CipherNULL, "nothing is encrypted"},
	{iana.CipherRC4_40, "RC4 is broken (RFC 7465)"},
	{iana.CipherRC4_56, "RC4 is broken (RFC 7465)"},
	{iana.CipherRC4_128, "RC4 is broken (RFC 7465)"},
	{iana.CipherRC2_40, "the key can be searched"},
	{iana.CipherRC2_56, "the key can be searched"},
	{iana.CipherDES40, "the key can be searched"},
	{iana.CipherDES, "the key can be searched"},
	{iana.CipherDES56Export, "the key can be searched"},
	{iana.Cipher3DES, "blocks of 64 bits collide (CVE-2016-2183)"},
	{iana.CipherIDEA, "blocks of 64 bits collide (CVE-2016-2183)"},
}

func badCipher(p *iana.SuiteParams) string {
	for _, f := range cipherFaults {
		if f.cipher == p.Cipher {
			return f.fault
		}
	}
	if p.Export {
		return "the key is short by design"
	}
	return ""
}

func badExchange(s *Session) string {
	switch {
	case s.Params.Authentication == iana.AuthenticationAnon:
		return "nobody is authenticated: whoever is in between can be the server"
	case s.Resumed && s.Version >= iana.TLS13 && s.Group == 0:
		return "no forward secrecy: who gets the ticket's key later reads this session"
	case s.Params.KeyExchange == iana.KeyExchangeRSA:
		return "no forward secrecy: who gets the server's key later reads this session"
	}
	return ""
}
