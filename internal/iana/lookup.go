package iana

import "strings"

// Entry is an entry of a registry, for showing it.
type Entry struct {
	Registry    string // the registry's name, "TLS Cipher Suites"
	Code        string // the value as text, "0x1301"; of an ALPN protocol, its bytes
	Value       uint16 // the value; 0 for an ALPN protocol
	Name        string // "GREASE" for the values of RFC 8701
	Aliases     []string
	Reference   string
	Recommended Recommended
	DTLS        DTLS
	Registered  bool // false for what is used but was never in the registry
}

// registry is one of the registries, for searching all of them.
type registry struct {
	name    string
	bits    int
	table   table
	aliases func(i int) string
	grease  func(v uint16) bool
}

// Lookup gives every entry, of all registries, that has a name or a code. Names are compared without
// case and include those of OpenSSL; codes are as in [ParseCipherSuite]. A code of four hexadecimal
// digits is looked for only where values have two bytes. Nothing found gives an empty list.
func Lookup(nameOrCode string) []Entry {
	s := strings.TrimSpace(nameOrCode)
	if s == "" {
		return nil
	}
	value, bits, isCode := parseCode(s)
	version, versionErr := ParseVersion(s)
	var found []Entry
	for _, r := range registries() {
		for i := range r.table {
			if r.hasName(i, s) || isCode && r.table[i].value == value && r.bits >= bits ||
				r.name == versionRegistry && versionErr == nil && r.table[i].value == uint16(version) {
				found = append(found, r.entry(i))
			}
		}
		if isCode && r.grease != nil && r.bits >= bits && r.grease(value) {
			found = append(found, Entry{Registry: r.name, Code: describe("", r.bits, value, false), Value: value,
				Name: "GREASE", Reference: "RFC 8701", Registered: true})
		}
	}
	for _, e := range alpnTable {
		if strings.EqualFold(string(e.id), s) || strings.EqualFold(e.name, s) {
			found = append(found, Entry{Registry: "ALPN Protocol IDs", Code: string(e.id), Name: e.name,
				Reference: e.reference, Registered: e.registered})
		}
	}
	return found
}

// versionRegistry is the one whose names have many spellings.
const versionRegistry = "TLS ProtocolVersion"

func (r registry) hasName(i int, s string) bool {
	return strings.EqualFold(r.table[i].name, s) || r.aliases != nil && hasAlias(r.aliases(i), s)
}

func (r registry) entry(i int) Entry {
	e := r.table[i]
	entry := Entry{
		Registry: r.name, Code: describe("", r.bits, e.value, false), Value: e.value, Name: e.name,
		Reference: e.reference, Recommended: e.recommended, DTLS: e.dtls, Registered: e.flags&unregistered == 0,
	}
	if r.aliases != nil && r.aliases(i) != "" {
		entry.Aliases = strings.Split(r.aliases(i), ",")
	}
	return entry
}
