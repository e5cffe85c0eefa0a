package keys

import (
	"crypto"
	_ "crypto/md5" // the hashes that a transcript can be asked for
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"errors"
	"fmt"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// ErrUnsupported is wrapped by errors about a version or hash that this room does not compute.
var ErrUnsupported = errors.New("not supported")

// HashOf returns the hash that a suite's PRF or key schedule uses under a version. Before TLS 1.2
// that is crypto.MD5SHA1 whatever the suite, in TLS 1.2 SHA-256 for the suites that are older than it
// (RFC 5246, Section 5). An error wraps ErrUnsupported.
func HashOf(version iana.Version, h iana.Hash) (crypto.Hash, error) {
	switch {
	case version < iana.SSL30 || version > iana.TLS13:
		return 0, fmt.Errorf("hash of version 0x%04x: %w", uint16(version), ErrUnsupported)
	case version < iana.TLS12:
		return crypto.MD5SHA1, nil
	case h == iana.HashSHA256, h == iana.HashLegacy && version == iana.TLS12:
		return crypto.SHA256, nil
	case h == iana.HashSHA384:
		return crypto.SHA384, nil
	}
	return 0, fmt.Errorf("hash %d of version 0x%04x: %w", h, uint16(version), ErrUnsupported)
}
