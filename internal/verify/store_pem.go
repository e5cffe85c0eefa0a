package verify

import (
	"bytes"
	"encoding/base64"
	"io"

	"github.com/tlsprobe/tlsprobe/internal/cert"
)

// readAtMost reads a file of about the given size, and no more than a file of roots may have.
func readAtMost(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(size, maxStoreFile)) + bytes.MinRead)
	_, err := b.ReadFrom(io.LimitReader(r, maxStoreFile))
	return b.Bytes(), err
}

// readCertificates returns the certificates of a file. Files of roots are large and nearly always plain, so those are read by
// blocks; the rest is for the careful reader.
func readCertificates(data []byte) [][]byte {
	if found, ok := readPlainPEM(data); ok {
		return found
	}
	found, _ := cert.ParseCertificates(data)
	return found
}

// readPlainPEM reads a PEM file with nothing but certificates in plain base64. All share one buffer. ok is false for any other.
func readPlainPEM(data []byte) (found [][]byte, ok bool) {
	begin, end := []byte("-----BEGIN CERTIFICATE-----"), []byte("-----END CERTIFICATE-----")
	packed := make([]byte, 0, 4096)
	out := make([]byte, base64.StdEncoding.DecodedLen(len(data)))
	found = make([][]byte, 0, len(data)/1400+1)
	for {
		at := bytes.Index(data, begin)
		if at < 0 {
			return found, len(found) > 0 && !bytes.Contains(data, begin[:len("-----BEGIN ")])
		}
		if bytes.Contains(data[:at], begin[:len("-----BEGIN ")]) {
			return nil, false
		}
		data = data[at+len(begin):]
		stop := bytes.Index(data, end)
		if stop < 0 {
			return nil, false
		}
		packed = joinLines(packed[:0], data[:stop])
		data = data[stop+len(end):]
		n, err := base64.StdEncoding.Decode(out, packed)
		if err != nil || n == 0 {
			return nil, false
		}
		found = append(found, out[:n:n])
		out = out[n:]
	}
}

// joinLines appends text without its line ends. Other white space stays, and is an error to base64.
func joinLines(to, text []byte) []byte {
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		to = append(to, line...)
	}
	return to
}
