package kex

import (
	"math/big"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// curve holds the parameters of y² = x³ + ax + b modulo p, with a generator of prime order n.
type curve struct{ p, a, b, gx, gy, n *big.Int }

// curveOf returns the parameters of a curve. The brainpool curves have other code points in TLS 1.3,
// for the same arithmetic (RFC 8734).
//
// SEC 2 (secp) and RFC 5639 (brainpool); the binary curves (sect) are not computed.
func curveOf(group iana.Group) (*curve, bool) {
	switch group {
	case iana.Secp160k1:
		return parameters(
			"fffffffffffffffffffffffffffffffeffffac73",
			"0",
			"7",
			"3b4c382ce37aa192a4019e763036f4f5dd4d7ebb",
			"938cf935318fdced6bc28286531733c3f03c4fee",
			"100000000000000000001b8fa16dfab9aca16b6b3"), true
	case iana.Secp160r1:
		return parameters(
			"ffffffffffffffffffffffffffffffff7fffffff",
			"ffffffffffffffffffffffffffffffff7ffffffc",
			"1c97befc54bd7a8b65acf89f81d4d4adc565fa45",
			"4a96b5688ef573284664698968c38bb913cbfc82",
			"23a628553168947d59dcc912042351377ac5fb32",
			"100000000000000000001f4c8f927aed3ca752257"), true
	case iana.Secp160r2:
		return parameters(
			"fffffffffffffffffffffffffffffffeffffac73",
			"fffffffffffffffffffffffffffffffeffffac70",
			"b4e134d3fb59eb8bab57274904664d5af50388ba",
			"52dcb034293a117e1f4ff11b30f7199d3144ce6d",
			"feaffef2e331f296e071fa0df9982cfea7d43f2e",
			"100000000000000000000351ee786a818f3a1a16b"), true
	case iana.Secp192k1:
		return parameters(
			"fffffffffffffffffffffffffffffffffffffffeffffee37",
			"0",
			"3",
			"db4ff10ec057e9ae26b07d0280b7f4341da5d1b1eae06c7d",
			"9b2f2f6d9c5628a7844163d015be86344082aa88d95e2f9d",
			"fffffffffffffffffffffffe26f2fc170f69466a74defd8d"), true
	case iana.Secp192r1:
		return parameters(
			"fffffffffffffffffffffffffffffffeffffffffffffffff",
			"fffffffffffffffffffffffffffffffefffffffffffffffc",
			"64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1",
			"188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012",
			"07192b95ffc8da78631011ed6b24cdd573f977a11e794811",
			"ffffffffffffffffffffffff99def836146bc9b1b4d22831"), true
	case iana.Secp224k1:
		return parameters(
			"fffffffffffffffffffffffffffffffffffffffffffffffeffffe56d",
			"0",
			"5",
			"a1455b334df099df30fc28a169a467e9e47075a90f7e650eb6b7a45c",
			"7e089fed7fba344282cafbd6f7e319f7c0b0bd59e2ca4bdb556d61a5",
			"10000000000000000000000000001dce8d2ec6184caf0a971769fb1f7"), true
	case iana.Secp224r1:
		return parameters(
			"ffffffffffffffffffffffffffffffff000000000000000000000001",
			"fffffffffffffffffffffffffffffffefffffffffffffffffffffffe",
			"b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
			"b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
			"bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
			"ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d"), true
	case iana.Secp256k1:
		return parameters(
			"fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
			"0",
			"7",
			"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
			"483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
			"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"), true
	case iana.BrainpoolP256r1, iana.BrainpoolP256r1TLS13:
		return parameters(
			"a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
			"7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
			"26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
			"8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
			"547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
			"a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"), true
	case iana.BrainpoolP384r1, iana.BrainpoolP384r1TLS13:
		return parameters(
			"8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
			"7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
			"4a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
			"1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
			"8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315",
			"8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565"), true
	case iana.BrainpoolP512r1, iana.BrainpoolP512r1TLS13:
		return parameters(
			"aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
			"7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
			"3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
			"81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
			"7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
			"aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069"), true
	}
	return nil, false
}

// parameters reads constants in hexadecimal.
func parameters(p, a, b, gx, gy, n string) *curve {
	return &curve{hexInt(p), hexInt(a), hexInt(b), hexInt(gx), hexInt(gy), hexInt(n)}
}

// hexInt reads a constant of this package.
func hexInt(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 16)
	return n
}
