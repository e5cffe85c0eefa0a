package record

import "iter"

// Split cuts content into the fragments of records that carry at most limit bytes each
// (0: MaxPlaintext). Empty content is one empty fragment. The fragments alias content.
//
// With firstByte, the first fragment holds a single byte. This 1/n-1 split hides the predictable IV
// of CBC suites in SSL 3.0 and TLS 1.0 from an attacker who chooses plaintext (BEAST); it is meant
// for application data. The flaw is told in RFC 4346, Section 1.1, and Appendix F.3 there.
func Split(content []byte, limit int, firstByte bool) iter.Seq[[]byte] {
	if limit <= 0 {
		limit = MaxPlaintext
	}
	return func(yield func([]byte) bool) {
		rest, n := content, limit
		if firstByte {
			n = 1
		}
		for len(rest) > n {
			if !yield(rest[:n:n]) {
				return
			}
			rest, n = rest[n:], limit
		}
		yield(rest)
	}
}
