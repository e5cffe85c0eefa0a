package keys

import (
	"crypto"
	"crypto/hmac"
	"errors"
	"fmt"
)

// PrefixTLS13 and PrefixDTLS13 stand before every label of the schedule.
// RFC 8446, Section 7.1; RFC 9147, Section 5.9.
const (
	PrefixTLS13  = "tls13 "
	PrefixDTLS13 = "dtls13"
)

// ErrTooLong says that more bytes were asked for than a derivation can give.
var ErrTooLong = errors.New("derivation too long")

// Extract is HKDF-Extract. RFC 5869, Section 2.2. An empty salt is a string of zeros.
func Extract(h crypto.Hash, salt, ikm []byte) []byte {
	mac := hmac.New(h.New, salt) // HMAC pads a short key with zeros
	mac.Write(ikm)
	return mac.Sum(nil)
}

// ExpandLabel is HKDF-Expand-Label with the given prefix of the label. RFC 8446, Section 7.1:
//
//	struct {
//	    uint16 length = Length;
//	    opaque label<7..255> = prefix + Label;
//	    opaque context<0..255> = Context;
//	} HkdfLabel;
//
// The error wraps ErrTooLong: a label or context over 255 bytes, or a length that neither HKDF nor
// the field can hold.
func ExpandLabel(h crypto.Hash, secret []byte, prefix, label string, context []byte, length int) ([]byte, error) {
	switch {
	case len(prefix)+len(label) > 255 || len(context) > 255:
		return nil, fmt.Errorf("label %q with %d bytes of context: %w", label, len(context), ErrTooLong)
	case length < 0 || length > 255*h.Size() || length > 1<<16-1:
		return nil, fmt.Errorf("%d bytes from label %q: %w", length, label, ErrTooLong)
	}
	return expandLabel(h, secret, prefix, label, context, length), nil
}

// expandLabel is ExpandLabel for arguments that are known to fit.
func expandLabel(h crypto.Hash, secret []byte, prefix, label string, context []byte, length int) []byte {
	var buf [2 + 1 + 32 + 1 + 64 + 1]byte // on the stack: all labels and contexts of the schedule fit
	info := append(buf[:0], byte(length>>8), byte(length), byte(len(prefix)+len(label)))
	info = append(info, prefix...)
	info = append(info, label...)
	info = append(info, byte(len(context)))
	info = append(info, context...)

	// HKDF-Expand: T(n) = HMAC(secret, T(n-1) | info | n). RFC 5869, Section 2.3.
	mac := hmac.New(h.New, secret)
	out := make([]byte, 0, (length+h.Size()-1)/h.Size()*h.Size())
	info = append(info, 0)
	for len(out) < length {
		info[len(info)-1]++
		if len(out) > 0 {
			mac.Reset()
			mac.Write(out[len(out)-h.Size():])
		}
		mac.Write(info)
		out = mac.Sum(out)
	}
	return out[:length:length]
}
