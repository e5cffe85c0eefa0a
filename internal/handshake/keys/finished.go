package keys

import (
	"bytes"
	"crypto"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// verifyDataSize is the length of verify_data from TLS 1.0 on. RFC 5246, Section 7.4.9.
const verifyDataSize = 12

// Finished returns the verify_data of a side over the messages of the transcript: 12 bytes, in
// SSL 3.0 an MD5 and a SHA-1. RFC 5246, Section 7.4.9; RFC 6101, Section 5.6.9. Errors are those of
// Transcript.Sum.
func (p PRF) Finished(master Secret, sender Sender, t *Transcript) ([]byte, error) {
	if p.version == iana.SSL30 {
		label := "CLNT"
		if sender == Server {
			label = "SRVR"
		}
		return ssl30Digest(t, []byte(label), master.Bytes)
	}
	sum, err := t.Sum(p.hash)
	if err != nil {
		return nil, err
	}
	return p.Expand(master.Bytes, sender.String()+" finished", verifyDataSize, sum), nil
}

// CertificateVerifySSL30 returns the 36 bytes that a client signs in SSL 3.0 (an RSA key all of it,
// a DSS key the last 20). RFC 6101, Section 5.6.8. From TLS 1.0 on it is the transcript's hash alone.
func CertificateVerifySSL30(master Secret, t *Transcript) ([]byte, error) {
	return ssl30Digest(t, nil, master.Bytes)
}

// ssl30Digest is the MD5 and the SHA-1 form, one after the other, of
//
//	hash(master + pad2 + hash(messages + sender + master + pad1))
func ssl30Digest(t *Transcript, sender, master []byte) ([]byte, error) {
	var out []byte
	for _, form := range []struct {
		hash crypto.Hash
		pad  int
	}{{crypto.MD5, 48}, {crypto.SHA1, 40}} {
		inner, err := t.Sum(form.hash, sender, master, bytes.Repeat([]byte{0x36}, form.pad))
		if err != nil {
			return nil, err
		}
		outer := form.hash.New()
		outer.Write(master)
		outer.Write(bytes.Repeat([]byte{0x5c}, form.pad))
		outer.Write(inner)
		out = outer.Sum(out)
	}
	return out, nil
}
