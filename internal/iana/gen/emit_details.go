package main

import (
	"fmt"
	"go/format"
	"strconv"
	"strings"
)

// The details of a registry stand in a second array, in the order of the first.

func (r *registry) emitSuites(b *emitter) error {
	b.line("// suiteDetails has a row for each of %s.", r.table())
	b.line("var suiteDetails = [...]suiteDetail{")
	for _, e := range r.rows {
		p, err := paramsOf(e)
		if err != nil {
			return err
		}
		source, negotiable := "SuiteParams{}", false
		if p != nil {
			source, negotiable = p.source(), true
		}
		b.line("{%s, %t, %q}, // %s", source, negotiable, e.attributes["openssl"], e.name)
	}
	b.line("}\n")
	return nil
}

// share is a pair of share lengths, "32" or "1184/1088".
func share(s string) (client, server int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	first, second, two := strings.Cut(s, "/")
	if client, err = strconv.Atoi(first); err != nil || !two {
		return client, client, err
	}
	server, err = strconv.Atoi(second)
	return client, server, err
}

func (r *registry) emitGroups(b *emitter) error {
	b.line("// groupDetails has a row for each of %s.", r.table())
	b.line("var groupDetails = [...]groupDetail{")
	for _, e := range r.rows {
		client, server, err := share(e.attributes["share"])
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		strength := e.attributes["strength"]
		list := "nil"
		if e.attributes["parts"] != "" {
			var parts []string
			for name := range strings.SplitSeq(e.attributes["parts"], "+") {
				part, ok := r.find(name)
				if !ok {
					return fmt.Errorf("%s: unknown part %q", e.name, name)
				}
				c, s, err := share(part.attributes["share"])
				if err != nil {
					return err
				}
				client, server = client+c, server+s
				if part.attributes["kind"] != "kem" {
					strength = part.attributes["strength"]
				}
				parts = append(parts, fmt.Sprintf("{%s, %d, %d}", r.constant(part), c, s))
			}
			list = "[]GroupPart{" + strings.Join(parts, ", ") + "}"
		}
		b.line("{GroupInfo{%s, %s, %s, %d, %d, %s}, %q}, // %s", groupKinds[e.attributes["kind"]],
			number(strength), number(e.attributes["pq"]), client, server, list, e.attributes["openssl"], e.name)
	}
	b.line("}\n")
	return nil
}

func number(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

var groupKinds = map[string]string{
	"ecdh": "GroupECDH", "xdh": "GroupXDH", "ffdhe": "GroupFFDHE", "kem": "GroupKEM", "hybrid": "GroupHybrid",
	"gost": "GroupGOST", "explicit": "GroupExplicit",
}

func (r *registry) emitSchemes(b *emitter, others registries) error {
	groups := others.byType("Group")
	b.line("// schemeDetails has a row for each of %s.", r.table())
	b.line("var schemeDetails = [...]schemeDetail{")
	for _, e := range r.rows {
		algorithm, hash := schemeAlgorithms[e.attributes["alg"]], schemeHashes[e.attributes["hash"]]
		if algorithm == "" || hash == "" {
			return fmt.Errorf("%s: unknown algorithm or hash", e.name)
		}
		curve := "0"
		if name := e.attributes["curve"]; name != "" {
			group, ok := groups.find(name)
			if !ok {
				return fmt.Errorf("%s: unknown curve %q", e.name, name)
			}
			curve = groups.constant(group)
		}
		b.line("{SchemeInfo{%s, %s, %s}, %q}, // %s", algorithm, hash, curve, e.attributes["openssl"], e.name)
	}
	b.line("}\n")
	return nil
}

var schemeAlgorithms = map[string]string{
	"rsa_pkcs1": "SchemeRSAPKCS1", "rsa_pss_rsae": "SchemeRSAPSSRSAE", "rsa_pss_pss": "SchemeRSAPSSPSS",
	"ecdsa": "SchemeECDSA", "eddsa": "SchemeEdDSA", "dsa": "SchemeDSA", "mldsa": "SchemeMLDSA",
	"slhdsa": "SchemeSLHDSA", "composite": "SchemeComposite", "gost": "SchemeGOST", "sm2": "SchemeSM2", "ibs": "SchemeIBS", "anonymous": "SchemeAnonymous",
}

var schemeHashes = map[string]string{
	"intrinsic": "SchemeHashIntrinsic", "none": "SchemeHashNone", "md5": "SchemeHashMD5", "sha1": "SchemeHashSHA1", "sha224": "SchemeHashSHA224",
	"sha256": "SchemeHashSHA256", "sha384": "SchemeHashSHA384", "sha512": "SchemeHashSHA512", "sm3": "SchemeHashSM3",
	"gost94": "SchemeHashGOST94", "streebog256": "SchemeHashStreebog256", "streebog512": "SchemeHashStreebog512",
}

func (r *registry) emitExtensions(b *emitter) error {
	b.line("// extensionDetails has a row for each of %s.", r.table())
	b.line("var extensionDetails = [...]extensionDetail{")
	for _, e := range r.rows {
		messages, err := messageSet(e.attributes["messages"])
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		old, err := messageSet(e.attributes["old"])
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		b.line("{%s, %s, %q}, // %s", messages, old, e.attributes["alias"], e.name)
	}
	b.line("}\n")
	return nil
}

// messageSet is a list like "CH,EE" as Go source; "-" and nothing are the empty set.
func messageSet(list string) (string, error) {
	if list == "" || list == "-" {
		return "0", nil
	}
	var set []string
	for name := range strings.SplitSeq(list, ",") {
		constant, ok := messages[name]
		if !ok {
			return "", fmt.Errorf("unknown message %q", name)
		}
		set = append(set, constant)
	}
	return strings.Join(set, "|"), nil
}

var messages = map[string]string{
	"CH": "InClientHello", "SH": "InServerHello", "HRR": "InHelloRetryRequest", "EE": "InEncryptedExtensions",
	"CT": "InCertificate", "CR": "InCertificateRequest", "NST": "InNewSessionTicket",
}

func (r *registry) emitTitles(b *emitter) {
	b.line("// handshakeTitles has a row for each of %s.", r.table())
	b.line("var handshakeTitles = [...]string{")
	for _, e := range r.rows {
		b.line("%q,", e.attributes["title"])
	}
	b.line("}\n")
}

// emitStrings writes a registry whose values are strings.
func (r *registry) emitStrings(b *emitter) {
	b.line("// alpnTable is %s, as of %s.", r.header["registry"], r.header["as-of"])
	b.line("var alpnTable = [...]alpnRow{")
	for _, e := range r.rows {
		b.line("{%q, %q, %q, %t},", e.id, e.name, e.reference, e.attributes["unregistered"] == "")
	}
	b.line("}")
}

// details are the types that have other names in their second array.
var details = map[string]string{
	"CipherSuite":     "suiteDetails",
	"Group":           "groupDetails",
	"SignatureScheme": "schemeDetails",
	"ExtensionType":   "extensionDetails",
}

// index is the file that lists the registries.
func (rs registries) index() ([]byte, error) {
	b := &emitter{}
	b.line("// Code generated by internal/iana/gen; DO NOT EDIT.\n")
	b.line("package iana\n")
	b.line("// registries are all registries whose values are numbers.")
	b.line("func registries() []registry {\nreturn []registry{")
	for _, r := range rs {
		if r.header["values"] == "strings" {
			continue
		}
		bits, aliases, grease := 16, "nil", "nil"
		if r.is8Bit() {
			bits = 8
		}
		if details[r.header["type"]] != "" {
			aliases = fmt.Sprintf("func(i int) string { return %s[i].aliases }", details[r.header["type"]])
		}
		if r.header["grease"] != "" {
			grease = fmt.Sprintf("func(v uint16) bool { return %s(v).IsGREASE() }", r.header["type"])
		}
		b.line("{%q, %d, %s[:], %s, %s},", r.header["registry"], bits, r.table(), aliases, grease)
	}
	b.line("}\n}")
	return format.Source(b.Bytes())
}
