package render

import (
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/trace"
)

func saysClientHello(_ *view, m trace.Fields) []string {
	lines := []string{
		sentence(offeredVersions(m), prefixed("sni ", strings.Join(words(m.At("extensions", "server_name", "server_name_list"), "host_name"), ", ")),
			prefixed("alpn ", joined(alpn(m), ",", 6))),
	}
	var shares []string
	for share := range m.At("extensions", "key_share", "client_shares").Items() {
		if group := share.At("group"); !isGREASE(group) {
			shares = append(shares, name(group)+" "+sizeOf(share.At("key_exchange")))
		}
	}
	psk := ""
	if n := m.At("extensions", "pre_shared_key", "identities").Len(); n > 0 {
		psk = "offers to resume, " + count(n, "ticket", "tickets")
	} else if len(m.At("extensions", "session_ticket", "ticket").Bytes()) > 0 {
		psk = "offers to resume by ticket"
	}
	early := ""
	if m.At("extensions", "early_data").OK() {
		early = "early data"
	}
	return appendLine(lines, sentence(prefixed("shares ", joined(shares, ", ", 6)), psk, early, cookie(m)))
}

func appendLine(lines []string, line string) []string {
	if line == "" {
		return lines
	}
	return append(lines, line)
}

func alpn(m trace.Fields) []string {
	return words(m.At("extensions", "application_layer_protocol_negotiation", "protocol_name_list"), "name")
}

func cookie(m trace.Fields) string {
	if c := m.At("extensions", "cookie", "cookie"); c.OK() {
		return "cookie " + sizeOf(c)
	}
	return ""
}

// offeredVersions says TLS 1.3/1.2, newest first as the client lists them, or what legacy_version
// stands for: that one and whatever the server knows below it. RFC 8446, Section 4.2.1.
func offeredVersions(m trace.Fields) string {
	offered := names(m.At("extensions", "supported_versions", "versions"))
	switch len(offered) {
	case 0:
		return prefixed("up to ", name(m.At("legacy_version")))
	case 1:
		return offered[0] + " only"
	}
	for i, n := range offered[1:] {
		offered[i+1] = strings.TrimPrefix(n, "TLS ")
	}
	return joined(offered, "/", 6)
}

func saysServerHello(v *view, m trace.Fields) []string {
	version := name(m.At("extensions", "supported_versions", "selected_version"))
	if version == "" {
		version = name(m.At("legacy_version"))
	}
	lines := []string{sentence(version, name(m.At("cipher_suite")))}
	second := ""
	if share := m.At("extensions", "key_share", "server_share"); share.OK() {
		second = "share " + name(share.At("group")) + " " + sizeOf(share.At("key_exchange"))
	}
	resumed := ""
	if m.At("extensions", "pre_shared_key").OK() || v.Summary.Resumed != nil && *v.Summary.Resumed {
		resumed = "resumes the session"
	}
	return appendLine(lines, sentence(second, resumed, answers(m)))
}

func saysHelloRetryRequest(_ *view, m trace.Fields) []string {
	wants := prefixed("wants ", name(m.At("extensions", "key_share", "selected_group")))
	return []string{sentence(name(m.At("extensions", "supported_versions", "selected_version")), wants, cookie(m))}
}

func saysEncryptedExtensions(_ *view, m trace.Fields) []string {
	said := answers(m)
	for x := range m.At("extensions").Children() { // what goes without saying in a ServerHello
		switch name := x.Node().Name; name {
		case "supported_groups":
			said = sentence(said, "its groups "+joined(names(x.At("named_group_list")), ", ", 3))
		case "supported_versions", "key_share", "pre_shared_key", "ec_point_formats":
			said = sentence(said, name)
		}
	}
	if said == "" {
		said = "nothing to add"
	}
	return []string{said}
}

// answers says what the server answers to the client's extensions, those apart that negotiate version and keys.
func answers(m trace.Fields) string {
	parts := []string{prefixed("alpn ", joined(alpn(m), ",", 3))}
	for x := range m.At("extensions").Children() {
		parts = append(parts, answer(x.Node().Name))
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return joined(parts, " · ", 7)
}

// answer is what an extension of the server comes to in a word or two; empty for what is said
// elsewhere or goes without saying.
func answer(name string) string {
	switch name {
	case "length", "supported_versions", "key_share", "pre_shared_key", "supported_groups", "ec_point_formats",
		"application_layer_protocol_negotiation":
		return ""
	case "server_name":
		return "sni acknowledged"
	case "session_ticket":
		return "ticket promised"
	case "status_request":
		return "staple promised"
	case "signed_certificate_timestamp":
		return "SCTs"
	case "early_data":
		return "early data accepted"
	}
	return name
}
