package kex

import (
	"io"
	"math/big"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// ffdhe is a finite-field group of TLS 1.3: the generator 2 modulo a safe prime that is made of the
// digits of e. RFC 7919, Appendix A; RFC 8446, Section 4.2.8.1.
type ffdhe struct{ group iana.Group }

// parameters returns the size of the prime, what makes it prime, and the size of a private key
// (RFC 7919, Section 5.2 and Appendix A), sizes in bits.
func (f ffdhe) parameters() (size uint, x int64, keySize int) {
	switch f.group {
	case iana.Ffdhe2048:
		return 2048, 560316, 225
	case iana.Ffdhe3072:
		return 3072, 2625351, 275
	case iana.Ffdhe4096:
		return 4096, 5736041, 325
	case iana.Ffdhe6144:
		return 6144, 15705020, 375
	default: // Ffdhe8192
		return 8192, 10965728, 400
	}
}

// prime returns 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1.
func (f ffdhe) prime() *big.Int {
	b, x, _ := f.parameters()
	p := new(big.Int).Rsh(hexInt(eulersNumber), 8192-b)
	p.Add(p, big.NewInt(x)).Lsh(p, 64)
	one := big.NewInt(1)
	p.Add(p, new(big.Int).Lsh(one, b)).Sub(p, new(big.Int).Lsh(one, b-64))
	return p.Sub(p, one)
}

func (f ffdhe) generate(rand io.Reader) (private, error) {
	_, _, keySize := f.parameters()
	d := &DH{p: f.prime(), g: big.NewInt(2)}
	return d.generate(rand, keySize)
}

func (f ffdhe) encapsulate(clientShare []byte, rand io.Reader) ([]byte, []byte, error) {
	return exchange(f, clientShare, rand)
}

// eulersNumber is floor(2^8062 e), from which all the primes are cut.
const eulersNumber = "" +
	"adf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fb" +
	"cc939dce249b3ef97d2fe363630c75d8f681b202aec4617ad3df1ed5d5fd6561" +
	"2433f51f5f066ed0856365553ded1af3b557135e7f57c935984f0c70e0e68b77" +
	"e2a689daf3efe8721df158a136ade73530acca4f483a797abc0ab182b324fb61" +
	"d108a94bb2c8e3fbb96adab760d7f4681d4f42a3de394df4ae56ede76372bb19" +
	"0b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f619172fe9ce98583ff" +
	"8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005c58ef1837d1683b2" +
	"c6f34a26c1b2effa886b4238611fcfdcde355b3b6519035bbc34f4def99c0238" +
	"61b46fc9d6e6c9077ad91d2691f7f7ee598cb0fac186d91caefe130985139270" +
	"b4130c93bc437944f4fd4452e2d74dd364f2e21e71f54bff5cae82ab9c9df69e" +
	"e86d2bc522363a0dabc521979b0deada1dbf9a42d5c4484e0abcd06bfa53ddef" +
	"3c1b20ee3fd59d7c25e41d2b669e1ef16e6f52c3164df4fb7930e9e4e58857b6" +
	"ac7d5f42d69f6d187763cf1d5503400487f55ba57e31cc7a7135c886efb4318a" +
	"ed6a1e012d9e6832a907600a918130c46dc778f971ad0038092999a333cb8b7a" +
	"1a1db93d7140003c2a4ecea9f98d0acc0a8291cdcec97dcf8ec9b55a7f88a46b" +
	"4db5a851f44182e1c68a007e5e0dd9020bfd64b645036c7a4e677d2c38532a3a" +
	"23ba4442caf53ea63bb454329b7624c8917bdd64b1c0fd4cb38e8c334c701c3a" +
	"cdad0657fccfec719b1f5c3e4e46041f388147fb4cfdb477a52471f7a9a96910" +
	"b855322edb6340d8a00ef092350511e30abec1fff9e3a26e7fb29f8c183023c3" +
	"587e38da0077d9b4763e4e4b94b2bbc194c6651e77caf992eeaac0232a281bf6" +
	"b3a739c1226116820ae8db5847a67cbef9c9091b462d538cd72b03746ae77f5e" +
	"62292c311562a846505dc82db854338ae49f5235c95b91178ccf2dd5cacef403" +
	"ec9d1810c6272b045b3b71f9dc6b80d63fdd4a8e9adb1e6962a69526d43161c1" +
	"a41d570d7938dad4a40e329ccff46aaa36ad004cf600c8381e425a31d951ae64" +
	"fdb23fcec9509d43687feb69edd1cc5e0b8cc3bdf64b10ef86b63142a3ab8829" +
	"555b2f747c932665cb2c0f1cc01bd70229388839d2af05e454504ac78b758282" +
	"2846c0ba35c35f5c59160cc046fd8251541fc68c9c86b022bb7099876a460e74" +
	"51a8a93109703fee1c217e6c3826e52c51aa691e0e423cfc99e9e31650c1217b" +
	"624816cdad9a95f9d5b8019488d9c0a0a1fe3075a577e23183f81d4a3f2fa457" +
	"1efc8ce0ba8a4fe8b6855dfe72b0a66eded2fbabfbe58a30fafabe1c5d71a87e" +
	"2f741ef8c1fe86fea6bbfde530677f0d97d11d49f7a8443d0822e506a9f4614e" +
	"011e2a94838ff88cd68c8bb7c51eef6d"
