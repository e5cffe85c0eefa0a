package main

import (
	"fmt"
	"strings"
)

// suiteParams are the fields of iana.SuiteParams, as Go source.
type suiteParams struct {
	keyExchange, authentication, cipher, mac, hash string
	export                                         bool
	min, max                                       string
}

// keyExchanges gives key exchange and authentication for the part of a suite's name before _WITH_.
var keyExchanges = map[string][2]string{
	"NULL":            {"NULL", "NULL"},
	"RSA":             {"RSA", "RSA"},
	"RSA_FIPS":        {"RSA", "RSA"},
	"DH_RSA":          {"DH", "RSA"},
	"DH_DSS":          {"DH", "DSS"},
	"DHE_RSA":         {"DHE", "RSA"},
	"DHE_DSS":         {"DHE", "DSS"},
	"DH_anon":         {"DHE", "Anon"},
	"ECDH_RSA":        {"ECDH", "RSA"},
	"ECDH_ECDSA":      {"ECDH", "ECDSA"},
	"ECDHE_RSA":       {"ECDHE", "RSA"},
	"ECDHE_ECDSA":     {"ECDHE", "ECDSA"},
	"ECDH_anon":       {"ECDHE", "Anon"},
	"PSK":             {"PSK", "PSK"},
	"RSA_PSK":         {"RSAPSK", "RSA"},
	"DHE_PSK":         {"DHEPSK", "PSK"},
	"PSK_DHE":         {"DHEPSK", "PSK"}, // two CCM_8 suites of RFC 6655 are spelled so
	"ECDHE_PSK":       {"ECDHEPSK", "PSK"},
	"SRP_SHA":         {"SRP", "SRP"},
	"SRP_SHA_RSA":     {"SRP", "RSA"},
	"SRP_SHA_DSS":     {"SRP", "DSS"},
	"KRB5":            {"KRB5", "KRB5"},
	"ECCPWD":          {"ECCPWD", "ECCPWD"},
	"GOSTR341094":     {"GOST", "GOST"},
	"GOSTR341001":     {"GOST", "GOST"},
	"GOSTR341112_256": {"GOST", "GOST"},
}

// ciphers gives the cipher for the part of a suite's name that names it.
var ciphers = map[string]string{
	"NULL": "NULL", "RC4_40": "RC4_40", "RC4_56": "RC4_56", "RC4_128": "RC4_128",
	"RC2_CBC_40": "RC2_40", "RC2_CBC_56": "RC2_56", "IDEA_CBC": "IDEA",
	"DES40_CBC": "DES40", "DES_CBC_40": "DES40", "DES_CBC": "DES", "3DES_EDE_CBC": "3DES",
	"AES_128_CBC": "AES128CBC", "AES_256_CBC": "AES256CBC",
	"AES_128_GCM": "AES128GCM", "AES_256_GCM": "AES256GCM",
	"AES_128_CCM": "AES128CCM", "AES_256_CCM": "AES256CCM",
	"AES_128_CCM_8": "AES128CCM8", "AES_256_CCM_8": "AES256CCM8",
	"CHACHA20_POLY1305": "ChaCha20Poly1305",
	"CAMELLIA_128_CBC":  "CAMELLIA128CBC", "CAMELLIA_256_CBC": "CAMELLIA256CBC",
	"CAMELLIA_128_GCM": "CAMELLIA128GCM", "CAMELLIA_256_GCM": "CAMELLIA256GCM",
	"ARIA_128_CBC": "ARIA128CBC", "ARIA_256_CBC": "ARIA256CBC",
	"ARIA_128_GCM": "ARIA128GCM", "ARIA_256_GCM": "ARIA256GCM",
	"SEED_CBC": "SEED", "SM4_GCM": "SM4GCM", "SM4_CCM": "SM4CCM",
	"AEGIS_128L": "AEGIS128L", "AEGIS_256": "AEGIS256",
	"KUZNYECHIK_CTR": "Kuznyechik", "KUZNYECHIK_MGM": "Kuznyechik",
	"ASCONAEAD128": "AsconAEAD128", "MAGMA_CTR": "Magma", "MAGMA_MGM": "Magma", "28147_CNT": "GOST28147",
}

// hashes are the last words of suite names that name a hash.
var hashes = map[string]string{
	"MD5": "MD5", "SHA": "SHA1", "SHA256": "SHA256", "SHA384": "SHA384", "SHA512": "SHA512", "SM3": "SM3", "ASCONHASH256": "AsconHash256",
	"OMAC": "Other", "IMIT": "Other", "GOSTR3411": "Other",
}

// paramsOf reads what a suite is from its name. It gives nil for the signalling values, which are no suites.
func paramsOf(e row) (*suiteParams, error) {
	if strings.HasSuffix(e.name, "_SCSV") {
		return nil, nil
	}
	name := strings.TrimPrefix(e.name, "OLD_")
	name = strings.TrimPrefix(strings.TrimPrefix(name, "TLS_"), "SSL_")
	name = strings.TrimSuffix(name, "_2") // the second code points of the FIPS suites
	kx, cipher, ok := strings.Cut(name, "_WITH_")
	if !ok {
		return params13(name)
	}
	if base, _, mgm := strings.Cut(cipher, "_MGM_"); mgm { // RFC 9367, Section 4: TLS 1.3 in spite of the name
		return &suiteParams{keyExchange: "Any", authentication: "Any", cipher: ciphers[base+"_MGM"], mac: "AEAD",
			hash: "Other", min: "TLS13", max: "TLS13"}, nil
	}
	p := &suiteParams{max: "TLS12"}
	if before, _, found := strings.Cut(kx, "_EXPORT"); found {
		kx, p.export = before, true
	}
	pair, ok := keyExchanges[kx]
	if !ok {
		return nil, fmt.Errorf("%s: unknown key exchange %q", e.name, kx)
	}
	p.keyExchange, p.authentication = pair[0], pair[1]
	if err := p.readCipher(cipher); err != nil {
		return nil, fmt.Errorf("%s: %w", e.name, err)
	}
	if p.cipher == "ChaCha20Poly1305" && strings.HasPrefix(e.name, "OLD_") {
		p.cipher = "ChaCha20Poly1305Draft"
	}
	p.min = p.oldest(e)
	p.limit(e)
	return p, nil
}

// readCipher reads the part after _WITH_: cipher, and the hash that is the MAC's or the PRF's.
func (p *suiteParams) readCipher(name string) error {
	hash := ""
	if name == "NULL_NULL" {
		p.cipher, p.mac, p.hash = "NULL", "NULL", "Legacy"
		return nil
	}
	if p.cipher = ciphers[name]; p.cipher == "" {
		i := strings.LastIndexByte(name, '_')
		if i < 0 {
			return fmt.Errorf("unknown cipher %q", name)
		}
		var ok bool
		if hash, ok = hashes[name[i+1:]]; !ok {
			return fmt.Errorf("unknown hash in %q", name)
		}
		if p.cipher = ciphers[name[:i]]; p.cipher == "" {
			return fmt.Errorf("unknown cipher %q", name[:i])
		}
	}
	if p.export && p.cipher == "DES" {
		p.cipher = "DES56Export"
	}
	switch {
	case p.aead() && hash == "":
		p.mac, p.hash = "AEAD", "SHA256" // RFC 6655, Section 3: the PRF of TLS 1.2
	case p.aead():
		p.mac, p.hash = "AEAD", hash
	case hash == "SHA256" || hash == "SHA384":
		p.mac, p.hash = hash, hash
	case hash == "Other":
		p.mac, p.hash = "Other", "Other"
	default:
		p.mac, p.hash = hash, "Legacy"
	}
	return nil
}

func (p *suiteParams) aead() bool {
	for _, mode := range []string{"GCM", "CCM", "Poly1305", "AEGIS"} {
		if strings.Contains(p.cipher, mode) {
			return true
		}
	}
	return false
}

// oldest is the oldest version that may negotiate a suite. The suites of SSL 3.0's successors with
// nothing new but their cipher (AES, Camellia, SEED, PSK, SRP, Kerberos) are negotiated by deployed
// SSL 3.0 stacks too; elliptic curves need extensions (RFC 8422, Section 4).
func (p *suiteParams) oldest(e row) string {
	switch {
	case p.mac == "AEAD" || p.keyExchange == "ECCPWD":
		return "TLS12"
	case p.keyExchange == "GOST":
		if e.attributes["unregistered"] != "" {
			return "TLS10"
		}
		return "TLS12" // RFC 9189, Section 4
	case p.hash == "SHA256" || p.hash == "SHA384":
		if e.attributes["min"] != "" {
			return e.attributes["min"]
		}
		return "TLS12"
	case strings.HasPrefix(p.keyExchange, "ECDH"):
		return "TLS10"
	}
	return "SSL30"
}

// limit lowers the newest version for ciphers that were taken away.
func (p *suiteParams) limit(e row) {
	switch {
	case p.export:
		p.max = "TLS10" // RFC 4346, Appendix A.5
	case p.cipher == "DES" || p.cipher == "IDEA":
		p.max = "TLS11" // RFC 5469, Section 1
	case e.attributes["max"] != "":
		p.max = e.attributes["max"]
	}
}

// params13 reads a name of TLS 1.3: cipher and hash, or two hashes for the suites of RFC 9150.
func params13(name string) (*suiteParams, error) {
	p := &suiteParams{keyExchange: "Any", authentication: "Any", mac: "AEAD", min: "TLS13", max: "TLS13"}
	i := strings.LastIndexByte(name, '_')
	if i < 0 {
		return nil, fmt.Errorf("not a suite's name: %q", name)
	}
	var ok bool
	if p.hash, ok = hashes[name[i+1:]]; !ok || p.hash == "" {
		return nil, fmt.Errorf("unknown hash in %q", name)
	}
	cipher := name[:i]
	if mac, isHash := hashes[cipher]; isHash {
		p.cipher, p.mac = "NULL", mac
		return p, nil
	}
	cipher = strings.TrimSuffix(cipher, "_")
	if p.cipher = ciphers[cipher]; p.cipher == "" {
		return nil, fmt.Errorf("unknown cipher %q", cipher)
	}
	return p, nil
}

// source is the value as Go source.
func (p *suiteParams) source() string {
	return fmt.Sprintf("SuiteParams{KeyExchange%s, Authentication%s, Cipher%s, MAC%s, Hash%s, %t, %s, %s}",
		p.keyExchange, p.authentication, p.cipher, p.mac, p.hash, p.export, p.min, p.max)
}
