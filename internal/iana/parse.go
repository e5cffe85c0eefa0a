package iana

import (
	"fmt"
	"strconv"
	"strings"
)

// UnknownNameError says that a text is neither a name nor a code of a registry.
type UnknownNameError struct {
	Kind string // what was asked for: "cipher suite", "group", …
	Text string // the text
}

func (e *UnknownNameError) Error() string { return fmt.Sprintf("unknown %s %q", e.Kind, e.Text) }

// ParseCipherSuite reads a registry name, an OpenSSL name or a code: "TLS_AES_128_GCM_SHA256",
// "ECDHE-RSA-AES128-GCM-SHA256", "0x1301", "0x13,0x01" or "4865". Names are compared without case.
// A code need not be in the registry. The error is an *UnknownNameError.
func ParseCipherSuite(s string) (CipherSuite, error) {
	return parse[CipherSuite]("cipher suite", s, cipherSuiteTable[:], func(i int) string { return suiteDetails[i].aliases })
}

// ParseGroup reads a group like [ParseCipherSuite]: "x25519", "P-256", "prime256v1", "0x001d", "29".
func ParseGroup(s string) (Group, error) {
	return parse[Group]("group", s, groupTable[:], func(i int) string { return groupDetails[i].aliases })
}

// ParseSignatureScheme reads a signature scheme like [ParseCipherSuite]: "rsa_pss_rsae_sha256",
// "RSA-PSS+SHA256", "0x0804".
func ParseSignatureScheme(s string) (SignatureScheme, error) {
	return parse[SignatureScheme]("signature scheme", s, signatureSchemeTable[:], func(i int) string { return schemeDetails[i].aliases })
}

// ParseExtensionType reads an extension like [ParseCipherSuite]: "key_share", "alpn", "51", "0x0033".
func ParseExtensionType(s string) (ExtensionType, error) {
	return parse[ExtensionType]("extension", s, extensionTypeTable[:], func(i int) string { return extensionDetails[i].aliases })
}

// ParseAlert reads an alert description: "handshake_failure", "40" or "0x28".
func ParseAlert(s string) (AlertDescription, error) {
	return parse[AlertDescription]("alert", s, alertDescriptionTable[:], nil)
}

// ParseVersion reads a version as people write it: "TLS 1.3", "tls1.3", "TLSv1.3", "tls13", "1.3",
// "SSLv3", "DTLS 1.2", or its code, "0x0304". The error is an *UnknownNameError.
func ParseVersion(s string) (Version, error) {
	want := plainVersion(s)
	for _, e := range versionTable {
		name := plainVersion(e.name)
		if want == name || "tls"+want == name || want+"0" == name {
			return Version(e.value), nil
		}
	}
	if v, bits, ok := parseCode(s); ok && bits == 16 && strings.HasPrefix(s, "0x") {
		return Version(v), nil
	}
	return 0, &UnknownNameError{"version", s}
}

// plainVersion leaves letters and digits of a version's name, without the v of "TLSv1.3".
func plainVersion(s string) string {
	s = strings.NewReplacer(" ", "", ".", "", "_", "", "-", "").Replace(strings.ToLower(s))
	return strings.Replace(s, "v", "", 1)
}

// parse finds a name, an alias or a code; aliases gives the other names of a row, comma-separated.
func parse[T ~uint8 | ~uint16](kind, s string, t table, aliases func(int) string) (T, error) {
	for i := range t {
		if strings.EqualFold(t[i].name, s) || aliases != nil && hasAlias(aliases(i), s) {
			return T(t[i].value), nil
		}
	}
	if v, bits, ok := parseCode(s); ok && (bits == 8 || uint16(^T(0)) > 0xFF) {
		return T(v), nil
	}
	return 0, &UnknownNameError{kind, s}
}

// parseCode reads "0x1301", "0x13,0x01" or "4865". It also tells the size that the notation asks for:
// 16 where there are more than two hexadecimal digits or a value above 255, otherwise 8.
func parseCode(s string) (value uint16, bits int, ok bool) {
	if high, low, pair := strings.Cut(s, ","); pair {
		h, highOK := hexByte(high)
		l, lowOK := hexByte(low)
		return uint16(h)<<8 | uint16(l), 16, highOK && lowOK
	}
	digits, hex := strings.CutPrefix(strings.ToLower(s), "0x")
	base := 10
	if hex {
		base = 16
	}
	v, err := strconv.ParseUint(digits, base, 16)
	bits = 8
	if v > 0xFF || hex && len(digits) > 2 {
		bits = 16
	}
	return uint16(v), bits, err == nil
}

// hexByte reads "0x13".
func hexByte(s string) (byte, bool) {
	digits, hex := strings.CutPrefix(strings.ToLower(strings.TrimSpace(s)), "0x")
	v, err := strconv.ParseUint(digits, 16, 8)
	return byte(v), hex && len(digits) == 2 && err == nil
}

// hasAlias tells whether a comma-separated list has a name, without regard to case.
func hasAlias(list, name string) bool {
	for alias := range strings.SplitSeq(list, ",") {
		if alias != "" && strings.EqualFold(alias, name) {
			return true
		}
	}
	return false
}

// firstAlias is the first of a comma-separated list.
func firstAlias(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return first
}
