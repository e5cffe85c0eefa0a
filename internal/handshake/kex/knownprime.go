package kex

import (
	"crypto/sha256"
	"encoding/hex"
)

// PrimeKind is what is known about the modulus of a group.
type PrimeKind uint8

// The kinds of moduli.
const (
	PrimeUnknown PrimeKind = iota // not looked at
	Composite                     // not a prime: the group is broken
	Prime                         // a prime p, but (p-1)/2 is not one
	SafePrime                     // p and (p-1)/2 are primes
)

// String says it in words.
func (k PrimeKind) String() string {
	switch k {
	case Composite:
		return "composite"
	case Prime:
		return "prime"
	case SafePrime:
		return "safe prime"
	}
	return "unknown"
}

// KnownPrime is a modulus that many servers share.
type KnownPrime struct {
	Name     string // where it is from: "RFC 3526 group 14", "Apache mod_ssl 2.2"
	Standard bool   // published in an RFC
	Kind     PrimeKind
}

// knownPrime looks a modulus up; its bytes big-endian, without leading zeros.
func knownPrime(p []byte) (KnownPrime, bool) {
	sum := sha256.Sum256(p)
	digest := hex.EncodeToString(sum[:16])
	for i := range knownPrimes {
		if k := &knownPrimes[i]; k.digest == digest {
			return KnownPrime{k.name, k.name[:3] == "RFC", k.kind}, true
		}
	}
	return KnownPrime{}, false
}

// knownPrimes has the first half of the SHA-256 of each modulus, by size. The moduli are those of
// RFC 2409, RFC 3526, RFC 5114 and RFC 7919, and the lists that nmap (ssl-dh-params),
// weakdh.org and testssl.sh (etc/common-primes.txt) keep of what programs come with.
var knownPrimes = [...]struct {
	bits   int
	digest string
	name   string
	kind   PrimeKind
}{
	{512, "3cdb020b9ef298b2f3f6cf5a872af527", "Apache mod_ssl 2.0", SafePrime},
	{512, "db01e702899166da28c9bc7896af62bc", "Apache mod_ssl 2.2", SafePrime},
	{512, "73b391ec8da33ee197aed17d7cfce132", "Java (sun.security.provider)", Prime},
	{512, "f26e2403f3f07946654404909f0ff81d", "OpenSSL", SafePrime},
	{512, "449ab49c277d21a601e806df3064d6e4", "Postfix", SafePrime},
	{512, "6c863838510bab3e2093066fc14976f0", "Postfix", SafePrime},
	{512, "e2b343fa226b71092716a0cefea064b0", "Postfix", SafePrime},
	{512, "bc66927384785251c604a3836e404756", "Postfix", SafePrime},
	{512, "b85e2291d140459398cf0cd25689409c", "Postfix", SafePrime},
	{768, "ee5483fe4b96caa10cb5b863ec409aab", "Java (sun.security.provider)", Prime},
	{768, "b52ba6a3026520a6c49d37e458760180", "RFC 2409 group 1", SafePrime},
	{768, "7dafc874c19963c0dd38e642bf1f3ad9", "Postfix", SafePrime},
	{768, "ad225f9367840e76af41a00757b85ead", "Postfix", SafePrime},
	{768, "b36ac84e5fa8bd7a6363e1fb989456e4", "Postfix", SafePrime},
	{784, "d9f6f2a0adb3427cbe12b007049b842b", "LibTomCrypt", SafePrime},
	{1024, "f79d1db3c955a28fdeca462670a0712e", "Apache mod_ssl 2.2", SafePrime},
	{1024, "bf910d9df4e0b2e76cda7443f592aa11", "Apache mod_ssl 2.2", SafePrime},
	{1024, "8ae47dca3d24e9b64640062686da234d", "nginx", SafePrime},
	{1024, "cc21a33dd1a3edf40bf636b5496e4aed", "Java (sun.security.provider)", Prime},
	{1024, "66d0bf38b0bdfacf2fdae33f35102ab6", "OpenSSL", SafePrime},
	{1024, "3f35a3f5f6c4376a744acad409bb22f8", "RFC 2409 group 2", SafePrime},
	{1024, "44c55cfee5c075927cf682da5b681bde", "RFC 5114 1024-bit MODP group with 160-bit subgroup", Prime},
	{1024, "74a5cce5b6a93eb755e2f48250dc7cb3", "seen often (weakdh.org)", Prime},
	{1024, "196085cb4281d1ff18efaad097bc1ec0", "seen often (weakdh.org)", SafePrime},
	{1024, "80571b97f71f89727ab0c40bb73b4f01", "seen often (weakdh.org)", SafePrime},
	{1024, "5f856a00120eee6d6b87ef8f596aefbb", "seen often (weakdh.org)", SafePrime},
	{1024, "deb671287187265a5383df13708d3a75", "seen often (weakdh.org)", SafePrime},
	{1024, "bc19c041491e550f381d09415a82e1b3", "seen often (weakdh.org)", SafePrime},
	{1024, "ac0ff7a415f003c6503d4c126f292976", "seen often (weakdh.org)", SafePrime},
	{1024, "2b07d24b932aa7a015c45a3f06e75ba7", "seen often (weakdh.org)", SafePrime},
	{1024, "8523c72057043833089915168751620b", "seen often (weakdh.org)", SafePrime},
	{1024, "52d4faa53003b8349dac3e984a6423bc", "seen often (weakdh.org)", SafePrime},
	{1024, "bfa876fe4671a9c696c8e256c13d7fad", "IronPort SMTPD", SafePrime},
	{1024, "6215d41bb617b390082b066d6856f8b3", "SKIP", SafePrime},
	{1024, "ef627d8cc44144f36a075d8dd8511bbd", "Postfix", SafePrime},
	{1024, "d2ae65bfc24596c0333a3ad57a67565d", "Postfix", SafePrime},
	{1024, "3b37d357836b4c0b81ae99d4bb204f5f", "Postfix", SafePrime},
	{1024, "20ce5e9531472e234e1ef76788a6f5f5", "Postfix", SafePrime},
	{1024, "984a91adb717c9753fd52ab8c4659b6f", "ProFTPD", SafePrime},
	{1024, "46ff79361993e5e6e9025cdfdb8d59af", "ProFTPD", SafePrime},
	{1024, "8b4fa096eb2414e26babeef0e3e68eb7", "ProFTPD", SafePrime},
	{1024, "0a64b51e01fbccd80d5c45d6c40b1eb7", "ProFTPD", SafePrime},
	{1024, "6b79f7880e90204b6f8cb64f4bea6ea6", "ProFTPD", SafePrime},
	{1024, "6ab0cedf512ead33f4827d0a9aa9a4b8", "ProFTPD", SafePrime},
	{1024, "c43bb4fe47a641335004ca606398421b", "ProFTPD", SafePrime},
	{1024, "9f5e9f4e49f8499926f4bfd7cffcd0ec", "ProFTPD", SafePrime},
	{1024, "3576d07c0658c0230f4e4a4ad3255c68", "ProFTPD", SafePrime},
	{1024, "0ea9ef1fd4b42cff37a02344a1097ca6", "ProFTPD", SafePrime},
	{1024, "eba4ea9cdaf56d1c93fdf9b358f33148", "ProFTPD", SafePrime},
	{1024, "80b421f627228225bc69d267f5f3d61e", "ProFTPD", SafePrime},
	{1024, "ac10fa3c5965ca361c07b3511140eb0a", "Socat", Composite},
	{1024, "486e235226a927b22b9389bf43377084", "HAProxy", SafePrime},
	{1036, "d6dcdf1380fcf5d1edae326fe1e1db5b", "LibTomCrypt", SafePrime},
	{1288, "0ce3987be0923295e23002daa633bb14", "LibTomCrypt", SafePrime},
	{1536, "64fcc83ec403930bf18393dbc883ccaa", "RFC 3526 group 5", SafePrime},
	{1536, "bd646809c4e2d255e7082482b9917c2d", "Postfix", SafePrime},
	{1536, "f5b0f0db19c1ffb9edd48c27d552e0c6", "Postfix", SafePrime},
	{1536, "245ccb3bb7e5f8e431c3786ce8c84360", "Postfix", SafePrime},
	{1536, "cf44c99b85dabecceda32d2b089ec28f", "ProFTPD", SafePrime},
	{1536, "e7257339c7b3c36b4fe270802723e6b2", "ProFTPD", SafePrime},
	{1536, "a5bdec8cf036e2ab8f8b4bb68c726ea8", "ProFTPD", SafePrime},
	{1536, "3e21a641dbe236fd883f1a293f3c3a31", "ProFTPD", SafePrime},
	{1536, "f17daff1413023f299ae1a1a309fc495", "ProFTPD", SafePrime},
	{1536, "bd132a9c3bb1b0db7199048b7ca00215", "ProFTPD", SafePrime},
	{1540, "362b5d25eb8b949b20a3471ca880b253", "LibTomCrypt", SafePrime},
	{1792, "22e8c3768c4947ee7f9a8e6c8989e61d", "LibTomCrypt", SafePrime},
	{2048, "3166ce19180005327a6059a2e7a4ed22", "OpenSSL", SafePrime},
	{2048, "9e348a9471b7d123aa97071e38288379", "OpenSSL", SafePrime},
	{2048, "d66436f79bbd6b2e38c0ffbd079be904", "RFC 3526 group 14", SafePrime},
	{2048, "bfe545862ca102ad1eeddb5fbfa5bf85", "RFC 5114 2048-bit MODP group with 224-bit subgroup", Prime},
	{2048, "0b7835722cb619827610c2549fdda558", "RFC 5114 2048-bit MODP group with 256-bit subgroup", Prime},
	{2048, "725541d91fe79bcf52e6d96581d83ab8", "SKIP", SafePrime},
	{2048, "4e1f16b0a537becf0398e0d6049ed828", "Postfix", SafePrime},
	{2048, "ee302f149664decf1b364551326625cf", "Postfix", SafePrime},
	{2048, "b22223eba55eff07fda0073c0bb7f65c", "Postfix", SafePrime},
	{2048, "a2052ee3a461387eb489dfb4166f5b91", "ProFTPD", SafePrime},
	{2048, "cfb14315e90c3ce241b5351aec1bff5e", "ProFTPD", SafePrime},
	{2048, "2f4370d98ffd18aa6be9a27957358735", "ProFTPD", SafePrime},
	{2048, "1401ba0d70afd57f87974faa52b4625f", "ProFTPD", SafePrime},
	{2048, "d03fdc7fe0f0d300624dd6d8a1682855", "Socat", SafePrime},
	{2048, "7b6551ea6ff09bd78c24bede10980a15", "HAProxy", SafePrime},
	{2048, "9cd3b7f336872f46c09428d1bbc19877", "RFC 7919 ffdhe2048", SafePrime},
	{2072, "8bf91c38e2a92b253a362a9b7c723e3a", "LibTomCrypt", SafePrime},
	{3072, "48cf8b092fbce4359d9871abf74f98e2", "RFC 3526 group 15", SafePrime},
	{3072, "0eaf67db3a839156d5013494a5318a77", "RFC 7919 ffdhe3072", SafePrime},
	{3080, "8ab7986eaa2c27eb246db536093c8147", "LibTomCrypt", SafePrime},
	{4096, "ce7728db3aed1119a82b9f17b17df9f8", "OpenSSL", SafePrime},
	{4096, "4ee95187682bcb230ad26a95205f6920", "RFC 3526 group 16", SafePrime},
	{4096, "406b95f336f4588f7f07b7ab86923cc9", "ProFTPD", SafePrime},
	{4096, "d3d1fa2923c8dc2da6783a7f2e8f3c08", "ProFTPD", SafePrime},
	{4096, "a67f41cb161353e098a815bf4070d326", "HAProxy", SafePrime},
	{4096, "4648414224ac881b3d0dc59b466f96d0", "RFC 7919 ffdhe4096", SafePrime},
	{4116, "a642950d9c2cdc78d1e9659efbd21d4b", "LibTomCrypt", SafePrime},
	{6144, "d1bfe6d0925ce7e4da262b62861514a7", "RFC 3526 group 17", SafePrime},
	{6144, "3504275b93e5db8a692b4a5baeb4c4c7", "ProFTPD", SafePrime},
	{6144, "adaf2d463f6f71d615f9db387a068817", "ProFTPD", SafePrime},
	{6144, "227ac9066b3ddd9e193670cda2388fa8", "RFC 7919 ffdhe6144", SafePrime},
	{8192, "39ab4feab950a3128fb71accb9fc3965", "RFC 3526 group 18", SafePrime},
	{8192, "fb2de97ce408f3d2b00cda7e436e0e9f", "ProFTPD", SafePrime},
	{8192, "5de6d78891cd9a759d1eeada93bf0183", "ProFTPD", SafePrime},
	{8192, "770b14efaf6f049929c523113b3fa99a", "RFC 7919 ffdhe8192", SafePrime},
}
