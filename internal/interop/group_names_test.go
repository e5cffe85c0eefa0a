package interop

import (
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// groupNames are what openssl s_client ("Server Temp Key") and GnuTLS ("Description") call groups.
// DHE says only how large its prime is; it is the same one that ffdhe has.
var groupNames = []struct {
	group           iana.Group
	openssl, gnutls string
}{
	{iana.X25519, "X25519, 253 bits", "X25519"},
	{iana.X448, "X448, 448 bits", "X448"},
	{iana.Secp256r1, "ECDH, prime256v1, 256 bits", "SECP256R1"},
	{iana.Secp384r1, "ECDH, secp384r1, 384 bits", "SECP384R1"},
	{iana.Secp521r1, "ECDH, secp521r1, 521 bits", "SECP521R1"},
	{iana.Ffdhe2048, "DH, 2048 bits", "FFDHE2048"},
	{iana.Ffdhe3072, "DH, 3072 bits", "FFDHE3072"},
	{iana.Ffdhe4096, "DH, 4096 bits", "FFDHE4096"},
	{iana.Ffdhe6144, "DH, 6144 bits", "FFDHE6144"},
	{iana.Ffdhe8192, "DH, 8192 bits", "FFDHE8192"},
}

// sameGroup compares what the trace says with what s_client says. A DH prime that is no known group
// has no name in the trace, and static RSA none at all.
func sameGroup(got *trace.Code, openssl string) bool {
	if got == nil {
		return openssl == "" || strings.HasPrefix(openssl, "DH, ")
	}
	for _, n := range groupNames {
		if uint64(n.group) == got.Value {
			return n.openssl == openssl || strings.HasPrefix(openssl, n.openssl)
		}
	}
	return false
}
