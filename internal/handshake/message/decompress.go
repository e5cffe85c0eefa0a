package message

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// ErrNotDecompressed says that what is compressed could not be read: by an algorithm that is not there, too long, or damaged.
var ErrNotDecompressed = errors.New("the certificate came compressed and could not be read")

// Decompress returns the encoded Certificate that was compressed, without the header of a message, if it has at most limit bytes: RFC
// 8879, Section 4, and its erratum 8753. Of the registry's algorithms zlib is there. Errors wrap [ErrNotDecompressed].
func (m *CompressedCertificate) Decompress(limit int) ([]byte, error) {
	size := int64(m.UncompressedLength)
	switch {
	case m.Algorithm != iana.CertificateCompressionZlib:
		return nil, fmt.Errorf("%w: %s is not decompressed here", ErrNotDecompressed, m.Algorithm)
	case size > int64(limit):
		return nil, fmt.Errorf("%w: %d bytes are announced, more than %d", ErrNotDecompressed, size, limit)
	}
	z, err := zlib.NewReader(bytes.NewReader(m.Compressed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotDecompressed, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, size+1)) // one more tells that there is more
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNotDecompressed, err)
	case int64(len(out)) > size:
		return nil, fmt.Errorf("%w: it has more than the %d bytes that are announced", ErrNotDecompressed, size)
	case int64(len(out)) < size:
		return nil, fmt.Errorf("%w: it has %d bytes, and %d are announced", ErrNotDecompressed, len(out), size)
	}
	return out, nil
}
