package cert

import (
	"math/big"
	"slices"
	"testing"
)

func TestTableOfIdentifiersIsSortedAndNamesAreUnique(t *testing.T) {
	names := map[Kind]map[string]bool{}
	for i, row := range oidTable {
		if i > 0 && oidTable[i-1].der >= row.der {
			t.Errorf("%s isn't in its place", row.name)
		}
		if found, ok := lookupOID(OID(row.der)); !ok || found != row {
			t.Errorf("%s isn't found", row.name)
		}
		if names[row.kind] == nil {
			names[row.kind] = map[string]bool{}
		}
		if names[row.kind][row.name] {
			t.Errorf("%s is there twice", row.name)
		}
		names[row.kind][row.name] = true
		if (row.short != "") != (row.kind == KindAttribute) {
			t.Errorf("%s: short name %q", row.name, row.short)
		}
	}
}

func TestEveryNamedCurveIsACurve(t *testing.T) {
	if len(curveTable) != int(SM2) {
		t.Fatalf("%d rows for %d constants", len(curveTable), SM2)
	}
	for c := P192; c <= SM2; c++ {
		if CurveOf(c.OID()) != c || c.OID().Kind() != KindCurve || c.OID().Name() != c.String() {
			t.Errorf("%v isn't found by its identifier", c)
		}
		params, _ := c.Params()
		var n [6]*big.Int
		for i, hex := range []string{params.P, params.A, params.B, params.Gx, params.Gy, params.N} {
			n[i], _ = new(big.Int).SetString(hex, 16)
			if i != 5 && len(hex) != len(params.P) {
				t.Errorf("%v: parameter %d has another length", c, i)
			}
		}
		if n[0].BitLen() != c.Bits() || !n[0].ProbablyPrime(20) || !n[5].ProbablyPrime(20) {
			t.Errorf("%v: field or order", c)
		}
		left := new(big.Int).Mul(n[4], n[4])
		right := new(big.Int).Mul(n[3], n[3])
		right.Add(right, n[1]).Mul(right, n[3]).Add(right, n[2])
		if left.Sub(left, right).Mod(left, n[0]).Sign() != 0 {
			t.Errorf("%v: the base point isn't on it", c)
		}
	}
}

func TestStepsOfPathsAreSnakeCase(t *testing.T) {
	for name, want := range map[string]string{
		"commonName": "common_name", "cRLDistributionPoints": "crl_distribution_points", "subjectAltName": "subject_alt_name",
		"ocspNoCheck": "ocsp_no_check", "tlsFeature": "tls_feature", "microsoftCAVersion": "microsoft_ca_version",
		"x500UniqueIdentifier": "x500_unique_identifier", "cRLNumber": "crl_number", "ctPoison": "ct_poison",
	} {
		if got := snakeCase(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	var steps []string
	for _, row := range oidTable {
		if row.kind == KindExtension {
			steps = append(steps, snakeCase(row.name))
		}
	}
	slices.Sort(steps)
	if n := len(steps); len(slices.Compact(steps)) != n {
		t.Error("two extensions share a step")
	}
}
