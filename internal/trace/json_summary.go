package trace

// MarshalJSON returns the summary as it stands in the document, for where it is part of another.
func (s *Summary) MarshalJSON() ([]byte, error) { return s.appendJSON(make([]byte, 0, 4096)), nil }

// appendJSON appends the summary: every key is there, in the order of the struct.
func (s *Summary) appendJSON(b []byte) []byte {
	b = append(b, '{')
	b = appendCode(b, "version", s.Version)
	b = appendCode(b, "cipher_suite", s.CipherSuite)
	b = appendCode(b, "group", s.Group)
	b = appendCode(b, "signature_scheme", s.SignatureScheme)
	b = appendStringOrNull(b, "alpn", s.ALPN)
	b = appendStringOrNull(b, "sni", s.SNI)
	b = appendStringOrNull(b, "address", s.Address)
	b = appendBoolOrNull(b, "hello_retry_request", s.HelloRetryRequest)
	b = appendBoolOrNull(b, "resumed", s.Resumed)
	b = appendBoolOrNull(b, "early_data", s.EarlyData)
	b = appendBoolOrNull(b, "extended_master_secret", s.ExtendedMasterSecret)
	b = appendBoolOrNull(b, "encrypt_then_mac", s.EncryptThenMAC)
	b = appendBoolOrNull(b, "secure_renegotiation", s.SecureRenegotiation)
	b = appendBoolOrNull(b, "ocsp_stapled", s.OCSPStapled)
	b = appendIntOrNull(b, "sct_count", s.SCTCount)
	b = appendBoolOrNull(b, "client_certificate_requested", s.ClientCertificateRequested)
	b = appendCertificates(b, s.Certificates)
	b = appendFindings(b, "checks", s.Checks)
	b = append(appendKey(b, "timing"), '{')
	b = appendMsOrNull(b, "dns_ms", s.Timing.DNSMs)
	b = appendMsOrNull(b, "tcp_ms", s.Timing.TCPMs)
	b = appendMsOrNull(b, "tls_ms", s.Timing.TLSMs)
	b = appendMsOrNull(b, "rtt_ms", s.Timing.RTTMs)
	return append(b, "}}"...)
}

// appendCertificates appends the list, null where no Certificate message was seen.
func appendCertificates(b []byte, list []Certificate) []byte {
	b = appendKey(b, "certificates")
	if list == nil {
		return appendNull(b)
	}
	b = append(b, '[')
	for i := range list {
		c := &list[i]
		b = appendStringKey(append(appendComma(b), '{'), "subject", c.Subject)
		b = appendStringKey(b, "issuer", c.Issuer)
		b = appendStringKey(b, "not_before", c.NotBefore)
		b = appendStringKey(b, "not_after", c.NotAfter)
		b = appendStringKey(b, "key", c.Key)
		b = append(appendStringKey(b, "sha256", c.SHA256), '}')
	}
	return append(b, ']')
}
