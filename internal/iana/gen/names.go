package main

import (
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals, and a few that have a spelling of their own.
var initialisms = map[string]string{
	"rsa": "RSA", "dsa": "DSA", "ecdsa": "ECDSA", "pss": "PSS", "rsae": "RSAE", "pkcs1": "PKCS1",
	"md5": "MD5", "sha1": "SHA1", "sha224": "SHA224", "sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512",
	"mldsa44": "MLDSA44", "mldsa65": "MLDSA65", "mldsa87": "MLDSA87",
	"brainpoolP256r1tls13": "BrainpoolP256r1TLS13",
	"brainpoolP384r1tls13": "BrainpoolP384r1TLS13",
	"brainpoolP512r1tls13": "BrainpoolP512r1TLS13",
	"psk":                  "PSK", "ke": "KE", "dhe": "DHE", "ocsp": "OCSP", "url": "URL", "dh": "DH", "ecdh": "ECDH", "dss": "DSS",
	"gostr34102012": "GOSTR34102012", "gostr34102001": "GOSTR34102001", "gostr34112012": "GOSTR34112012",
	"gostr341194": "GOSTR341194", "gost": "GOST", "ec": "EC", "sm3": "SM3", "lzs": "LZS",
}

// goName is the Go identifier of a registry name: its words in camel case, known initialisms in capitals.
func goName(name string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(name, notLetterOrDigit) {
		if spelled, ok := initialisms[word]; ok {
			b.WriteString(spelled)
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func notLetterOrDigit(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// constant is the identifier of a row's constant.
func (r *registry) constant(e row) string {
	if name := e.attributes["const"]; name != "" {
		return name
	}
	prefix := r.header["const"]
	if prefix == "verbatim" {
		return e.name
	}
	return prefix + goName(e.name)
}
