package cert

import (
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// KeyKind is the kind of a public key, by the algorithm of its SubjectPublicKeyInfo.
type KeyKind uint8

// The kinds of keys.
const (
	KeyUnknown KeyKind = iota
	KeyRSA
	KeyRSAPSS
	KeyEC
	KeyEd25519
	KeyEd448
	KeyX25519
	KeyX448
	KeyDSA
	KeyMLDSA44
	KeyMLDSA65
	KeyMLDSA87
)

// keyRows say for each kind its name, its identifier, the length of a key of fixed length in octets, its strength in bits.
var keyRows = [...]struct {
	name     string
	oid      ID
	octets   int
	strength int
}{
	{"unknown", "", 0, 0}, {"RSA", OIDRSA, 0, 0}, {"RSA-PSS", OIDRSAPSS, 0, 0}, {"ECDSA", OIDECPublicKey, 0, 0},
	{"Ed25519", OIDEd25519, 32, 128}, {"Ed448", OIDEd448, 57, 224}, {"X25519", OIDX25519, 32, 128}, {"X448", OIDX448, 56, 224},
	{"DSA", OIDDSA, 0, 0},
	// RFC 9881, Section 4; the strengths are those of the categories 2, 3 and 5.
	{"ML-DSA-44", OIDMLDSA44, 1312, 128}, {"ML-DSA-65", OIDMLDSA65, 1952, 192}, {"ML-DSA-87", OIDMLDSA87, 2592, 256},
}

// String returns the kind's name: "RSA", "ECDSA", "Ed448".
func (k KeyKind) String() string { return keyRows[min(int(k), len(keyRows)-1)].name }

// PublicKey is what could be read of a SubjectPublicKeyInfo. Numbers are big-endian without leading zeros.
//
//	SubjectPublicKeyInfo  ::=  SEQUENCE  {
//	     algorithm            AlgorithmIdentifier,
//	     subjectPublicKey     BIT STRING  }                               RFC 5280, Section 4.1.2.7
type PublicKey struct {
	Raw       []byte // the SubjectPublicKeyInfo's DER
	Algorithm AlgorithmIdentifier
	Key       []byte // the bits of subjectPublicKey; for EC the point
	Kind      KeyKind

	Modulus, Exponent []byte    // RSA, RSA-PSS. RFC 8017, Appendix A.1.1
	PSS               PSSParams // RSA-PSS
	HasPSS            bool      // RSA-PSS: the key restricts how it is used

	Curve    Curve // EC; UnknownCurve also for explicit parameters that are no curve known here
	CurveOID OID   // EC: the identifier of a named curve
	Explicit bool  // EC: the curve is written out, which RFC 5480, Section 2.1.1, forbids

	P, Q, G, Y []byte // DSA. RFC 3279, Section 2.3.2

	fieldBits int // EC: of explicit parameters
}

// ParsePublicKey reads a SubjectPublicKeyInfo.
func ParsePublicKey(der []byte) (*PublicKey, []Problem) {
	var notes Notes
	k := new(PublicKey)
	r := NewReader(der, 0, &notes)
	if e, ok := r.Read("subjectPublicKeyInfo", TagSequence); ok {
		k.read(&r, e)
	}
	r.End("subjectPublicKeyInfo")
	return k, notes.list
}

const keyField = "subjectPublicKeyInfo.subjectPublicKey"

func (k *PublicKey) read(r *Reader, e Element) {
	k.Raw = e.Raw
	inner := r.Inside(e)
	k.Algorithm = readAlgorithm(&inner, "subjectPublicKeyInfo.algorithm")
	k.Kind = kindOf(k.Algorithm.OID)
	bitsElement, ok := inner.Read(keyField, TagBitString)
	if ok {
		k.Key = wholeBits(&inner, bitsElement, keyField)
	}
	inner.End("subjectPublicKeyInfo")
	params := NewReader(k.Algorithm.Params, k.Algorithm.ParamsOff, r.notes)
	key := NewReader(k.Key, bitsElement.Off+len(bitsElement.Raw)-len(k.Key), r.notes)
	switch k.Kind {
	case KeyUnknown:
	case KeyRSA, KeyRSAPSS:
		k.readRSA(&params, &key, ok)
	case KeyEC:
		k.readEC(&params)
	case KeyDSA:
		k.readDSA(&params, &key, ok)
	default:
		if want := keyRows[k.Kind].octets; ok && len(k.Key) != want {
			r.Note(BadValue, bitsElement, keyField, countBytes(want), countBytes(len(k.Key)))
		}
		if len(k.Algorithm.Params) > 0 {
			r.notes.Add(Problem{Kind: Trailing, Off: params.off, Len: len(params.rest), Field: "subjectPublicKeyInfo.algorithm.parameters",
				Expected: "no parameters", Actual: countBytes(len(params.rest))})
		}
	}
}

// InheritsParams reports whether the key is a DSA key without parameters, which are those of the issuer's key then. RFC 3279,
// Section 2.3.2.
func (k *PublicKey) InheritsParams() bool {
	return k.Kind == KeyDSA && (len(k.Algorithm.Params) == 0 || k.Algorithm.HasNullParams())
}

// WithParamsOf returns the key with the DSA parameters of the issuer's key where it inherits them, else the key itself.
func (k *PublicKey) WithParamsOf(issuer *PublicKey) *PublicKey {
	if !k.InheritsParams() || issuer.Kind != KeyDSA {
		return k
	}
	whole := *k
	whole.P, whole.Q, whole.G = issuer.P, issuer.Q, issuer.G
	return &whole
}

func kindOf(id OID) KeyKind {
	for k := KeyRSA; int(k) < len(keyRows); k++ {
		if id.Is(keyRows[k].oid) {
			return k
		}
	}
	return KeyUnknown
}

func (k *PublicKey) readRSA(params, key *Reader, there bool) {
	if k.Kind == KeyRSAPSS && !params.Empty() {
		k.PSS, k.HasPSS = ParsePSSParams(params), true
	} else if k.Kind == KeyRSA && !k.Algorithm.HasNullParams() {
		params.notes.Add(Problem{Kind: BadValue, Off: params.off, Len: len(params.rest), Field: "subjectPublicKeyInfo.algorithm.parameters",
			Expected: "NULL", Actual: "something else"})
	}
	if !there {
		return
	}
	e, ok := key.Read(keyField, TagSequence)
	if !ok {
		return
	}
	inner := key.Inside(e)
	if e, ok := inner.Read(keyField+".modulus", TagInteger); ok {
		k.Modulus = natural(&inner, e, keyField+".modulus")
	}
	if e, ok := inner.Read(keyField+".publicExponent", TagInteger); ok {
		k.Exponent = natural(&inner, e, keyField+".publicExponent")
	}
	inner.End(keyField)
	key.End(keyField)
}

func (k *PublicKey) readDSA(params, key *Reader, there bool) {
	const field = "subjectPublicKeyInfo.algorithm.parameters"
	if !k.InheritsParams() {
		if e, ok := params.Read(field, TagSequence); ok {
			inner := params.Inside(e)
			for _, n := range [...]*[]byte{&k.P, &k.Q, &k.G} {
				if e, ok := inner.Read(field, TagInteger); ok {
					*n = natural(&inner, e, field)
				}
			}
			inner.End(field)
		}
	}
	if !there {
		return
	}
	if e, ok := key.Read(keyField, TagInteger); ok {
		k.Y = natural(key, e, keyField)
	}
	key.End(keyField)
}

// readEC reads ECParameters: a named curve, or one that is written out. RFC 3279, Section 2.3.5; RFC 5480, Section 2.1.1.
func (k *PublicKey) readEC(params *Reader) {
	const field = "subjectPublicKeyInfo.algorithm.parameters"
	tag, _ := params.Peek()
	if tag == TagSequence {
		k.Explicit = true
		e, _ := params.Read(field, TagSequence)
		params.Note(BadValue, e, field, "the name of a curve", "a curve that is written out")
		inner := params.Inside(e)
		k.readExplicit(&inner, field)
		return
	}
	if e, ok := params.Read(field, TagOID); ok {
		k.CurveOID = checkOID(params, e, field)
		k.Curve = CurveOf(k.CurveOID)
	}
}

// readExplicit finds which curve is written out. Only one whose every parameter is that of a known curve is taken for it, or
// an attacker could choose a base point to which any key is known (CVE-2020-0601).
func (k *PublicKey) readExplicit(r *Reader, field string) {
	r.Read(field+".version", TagInteger)
	fieldID, ok := r.Read(field+".fieldID", TagSequence)
	if !ok {
		return
	}
	inner := r.Inside(fieldID)
	kind, ok := inner.Read(field+".fieldID", TagOID)
	if !ok || !OID(kind.Content).Is(OIDPrimeField) {
		return
	}
	var found CurveParams
	if e, ok := inner.Read(field+".fieldID", TagInteger); ok {
		p := natural(&inner, e, field+".fieldID")
		found.P, k.fieldBits = hex.EncodeToString(p), bitLen(p)
	}
	width := len(found.P)
	if e, ok := r.Read(field+".curve", TagSequence); ok {
		inner := r.Inside(e)
		a, _ := inner.Read(field+".curve.a", TagOctetString)
		b, _ := inner.Read(field+".curve.b", TagOctetString)
		found.A, found.B = paddedHex(a.Content, width), paddedHex(b.Content, width)
	}
	base, _ := r.Read(field+".base", TagOctetString)
	if e, ok := r.Read(field+".order", TagInteger); ok {
		found.N = hex.EncodeToString(natural(r, e, field+".order"))
	}
	for i := range curveTable {
		if curveTable[i].params.matches(found, base.Content) {
			k.Curve = Curve(i + 1)
		}
	}
}

// matches compares all but the base point's y-coordinate, of which a compressed point has one bit.
func (p *CurveParams) matches(found CurveParams, base []byte) bool {
	if p.P != found.P || p.A != found.A || p.B != found.B || p.N != found.N || len(base) == 0 {
		return false
	}
	lastY, _ := strconv.ParseUint(p.Gy[len(p.Gy)-1:], 16, 8)
	switch point := hex.EncodeToString(base[1:]); base[0] {
	case 2, 3:
		return point == p.Gx && uint64(base[0]&1) == lastY&1
	case 4:
		return point == p.Gx+p.Gy
	}
	return false
}

func paddedHex(b []byte, width int) string {
	s := hex.EncodeToString(trimZeros(b))
	if len(s) >= width {
		return s
	}
	return strings.Repeat("0", width-len(s)) + s
}

func bitLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return 8*(len(b)-1) + bits.Len8(b[0])
}

// Bits returns the size of the key as it is usually named: of the modulus, of the field, of p; 0 if it couldn't be read.
func (k *PublicKey) Bits() int {
	switch k.Kind {
	case KeyRSA, KeyRSAPSS:
		return bitLen(k.Modulus)
	case KeyEC:
		if k.Curve != UnknownCurve {
			return k.Curve.Bits()
		}
		return k.fieldBits
	case KeyDSA:
		return bitLen(k.P)
	case KeyEd25519, KeyX25519:
		return 256
	case KeyEd448, KeyX448:
		return 448
	}
	return 0
}

// String returns the key's kind and size for people: "RSA 2048 bits", "ECDSA P-256", "Ed448".
func (k *PublicKey) String() string {
	switch k.Kind {
	case KeyUnknown:
		if len(k.Algorithm.OID) == 0 {
			return "unreadable key"
		}
		return k.Algorithm.OID.Label()
	case KeyRSA, KeyRSAPSS, KeyDSA:
		return k.Kind.String() + " " + strconv.Itoa(k.Bits()) + " bits"
	case KeyEC:
		return "ECDSA " + k.curveName()
	}
	return k.Kind.String()
}

func (k *PublicKey) curveName() string {
	switch {
	case k.Explicit && k.Curve != UnknownCurve:
		return k.Curve.String() + " (explicit parameters)"
	case k.Explicit:
		return "explicit parameters, " + strconv.Itoa(k.fieldBits) + " bits"
	case k.Curve != UnknownCurve:
		return k.Curve.String()
	case len(k.CurveOID) > 0:
		return k.CurveOID.Label()
	}
	return k.Curve.String()
}

// Strength returns the security strength in bits, 0 if it isn't known. It is about classical computers.
func (k *PublicKey) Strength() int {
	switch k.Kind {
	case KeyRSA, KeyRSAPSS:
		return iana.FieldStrength(k.Bits())
	case KeyDSA:
		return min(iana.FieldStrength(k.Bits()), bitLen(k.Q)/2)
	case KeyEC:
		return k.Bits() / 2
	}
	return keyRows[min(int(k.Kind), len(keyRows)-1)].strength
}
