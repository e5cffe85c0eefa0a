package cert

// Curve is a named elliptic curve; the zero Curve is none that is known here.
type Curve uint8

// The curves. P192 … P521 are also secp192r1 … secp521r1.
const (
	UnknownCurve Curve = iota
	P192
	P224
	P256
	P384
	P521
	Secp160k1
	Secp160r1
	Secp160r2
	Secp192k1
	Secp224k1
	Secp256k1
	BrainpoolP160r1
	BrainpoolP160t1
	BrainpoolP192r1
	BrainpoolP192t1
	BrainpoolP224r1
	BrainpoolP224t1
	BrainpoolP256r1
	BrainpoolP256t1
	BrainpoolP320r1
	BrainpoolP320t1
	BrainpoolP384r1
	BrainpoolP384t1
	BrainpoolP512r1
	BrainpoolP512t1
	SM2
)

// CurveParams are the parameters of a curve y² = x³ + Ax + B over the field of P, with the base point (Gx, Gy) of order N, all
// in lower-case hexadecimal, as long as P (N: as long as itself). The cofactor of all curves here is 1.
type CurveParams struct {
	P, A, B, Gx, Gy, N string
}

type curveRow struct {
	name   string
	oid    string
	bits   int
	params CurveParams
}

// String returns the curve's usual name: "P-256", "brainpoolP256r1".
func (c Curve) String() string { return c.row().name }

// Bits returns the size of the field in bits, 0 for an unknown curve.
func (c Curve) Bits() int { return c.row().bits }

// OID returns the curve's identifier.
func (c Curve) OID() OID { return OID(c.row().oid) }

// Params returns the curve's parameters; ok is false for an unknown curve.
func (c Curve) Params() (params CurveParams, ok bool) { return c.row().params, c != UnknownCurve }

func (c Curve) row() curveRow {
	if c == UnknownCurve || int(c) > len(curveTable) {
		return curveRow{name: "unknown curve"}
	}
	return curveTable[c-1]
}

// CurveOf returns the curve with the identifier id; UnknownCurve if it isn't known here.
func CurveOf(id OID) Curve {
	for i := range curveTable {
		if curveTable[i].oid == string(id) {
			return Curve(i + 1)
		}
	}
	return UnknownCurve
}
