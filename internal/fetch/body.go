package fetch

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// readBody reads a body of at most limit bytes: in chunks, of a length, or until the end of the connection. RFC 9112, Section 6.3.
func readBody(lines *lineReader, h *header, limit int) ([]byte, error) {
	limit = max(limit, 0)
	var body bytes.Buffer
	switch {
	case len(h.transfer) > 0:
		if h.old || len(h.transfer) != 1 || !strings.EqualFold(h.transfer[0], "chunked") {
			return nil, faultf(KindUnsupported, "the answer is transferred as %q", clip(strings.Join(h.transfer, ", ")))
		}
		if err := readChunks(lines, &body, limit); err != nil {
			return nil, err
		}
	case h.length > int64(limit):
		return nil, faultf(KindTooLarge, "it has %d bytes, and %d are allowed", h.length, limit)
	case h.length >= 0:
		if err := take(&body, lines.r, h.length); err != nil {
			return nil, err
		}
	default:
		// What isn't framed can't be told from what was cut off; who reads the DER will notice.
		if _, err := body.ReadFrom(io.LimitReader(lines.r, int64(limit)+1)); err != nil {
			return nil, err
		}
		if body.Len() > limit {
			return nil, tooLarge(limit)
		}
	}
	return body.Bytes(), nil
}

func tooLarge(limit int) error {
	return faultf(KindTooLarge, "it has more than the %d bytes that are allowed", limit)
}

// take reads n bytes. The buffer grows with what comes, not with what was promised.
func take(body *bytes.Buffer, r io.Reader, n int64) error {
	_, err := io.CopyN(body, r, n)
	return early(err)
}

// readChunks reads a body in chunks, and the trailer, of which nothing is kept. RFC 9112, Section 7.1.
func readChunks(lines *lineReader, body *bytes.Buffer, limit int) error {
	for {
		n, err := chunkSize(lines)
		switch {
		case err != nil:
			return err
		case n == 0:
			return skipTrailer(lines)
		case n > int64(limit-body.Len()):
			return tooLarge(limit)
		}
		if err := take(body, lines.r, n); err != nil {
			return err
		}
		left := lines.left
		end, err := lines.next()
		if err != nil {
			return err
		}
		if len(end) > 0 {
			return faultf(KindMalformed, "a chunk of the answer is longer than it says")
		}
		lines.left = left // like its size, the end of a chunk is paid for by its content
	}
}

// chunkSize reads the line before a chunk: its size in hexadecimal, and extensions that mean nothing here.
func chunkSize(lines *lineReader) (int64, error) {
	left := lines.left
	line, err := lines.next()
	if err != nil {
		return 0, err
	}
	digits, extensions, _ := bytes.Cut(line, []byte(";"))
	digits = bytes.TrimRight(digits, " \t")
	const most = 15 // digits that fit, with room for leading zeros
	n, err := strconv.ParseUint(string(digits[:min(len(digits), most+1)]), 16, 62)
	if err != nil || len(digits) > most {
		return 0, faultf(KindMalformed, "the answer has a chunk whose size can't be read: %q", clip(string(line)))
	}
	lines.left = left - len(extensions)
	return int64(n), nil
}

func skipTrailer(lines *lineReader) error {
	for {
		line, err := lines.next()
		if err != nil || len(line) == 0 {
			return err
		}
		if _, _, err := field(line); err != nil {
			return err
		}
	}
}
