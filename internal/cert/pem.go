package cert

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
)

// maxStore bounds how many certificates a PEM file may hold.
const maxStore = 100_000

// PEMProblem is something in a PEM file that was passed over.
type PEMProblem struct {
	Line int // from 1
	What string
}

// Error says all of it in one line.
func (p PEMProblem) Error() string { return fmt.Sprintf("line %d: %s", p.Line, p.What) }

// certificateLabels are the labels under which certificates stand. RFC 7468, Section 5; the last is OpenSSL's, with data of its
// own after the certificate.
var certificateLabels = [...]string{"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}

// Labels under which CRLs stand, RFC 7468, Section 6, and OCSP responses, for which only custom has one.
const (
	LabelCRL  = "X509 CRL"
	LabelOCSP = "OCSP RESPONSE"
)

// ParsePEMCertificates returns the DER of every certificate in a PEM file. Text between the blocks is passed over; blocks of
// another kind and blocks that can't be read are passed over with a problem, and reading goes on. RFC 7468.
func ParsePEMCertificates(data []byte) ([][]byte, []PEMProblem) {
	return parsePEM(data, certificateLabels[:])
}

// parsePEM returns the DER of every block with one of the labels, of which the first names the kind.
func parsePEM(data []byte, labels []string) ([][]byte, []PEMProblem) {
	var elements [][]byte
	var passed []PEMProblem
	note := func(line int, format string, args ...any) {
		if len(passed) < maxProblems {
			passed = append(passed, PEMProblem{line, fmt.Sprintf(format, args...)})
		}
	}
	kind := labels[0]
	if kind == certificateLabels[0] {
		kind = "certificate"
	}
	s := pemScanner{rest: data}
	for len(elements) < maxStore {
		block, ok := s.next(note)
		if !ok {
			return elements, passed
		}
		if !slices.Contains(labels, block.label) {
			note(block.line, "a block of another kind: %.40q", block.label)
			continue
		}
		der, err := block.decode()
		if err != nil {
			note(block.line, "the block isn't base64: %v", err)
			continue
		}
		first, rest, ok := split(der)
		switch {
		case !ok:
			note(block.line, "the block holds no DER")
			continue
		case len(rest) > 0 && block.label != certificateLabels[2]:
			note(block.line, "%s after the %s", countBytes(len(rest)), kind)
		}
		elements = append(elements, first)
	}
	note(s.line, "more than %d of %s", maxStore, kind)
	return elements, passed
}

// ParseCertificates returns the DER of every certificate in a file, which is either PEM or one or more certificates in DER.
func ParseCertificates(data []byte) ([][]byte, []PEMProblem) {
	return parseElements(data, certificateLabels[:])
}

// ParseBlocks returns the DER of everything of one kind in a file, which is either PEM with that label or one or more elements
// in DER, each a SEQUENCE.
func ParseBlocks(data []byte, label string) ([][]byte, []PEMProblem) {
	return parseElements(data, []string{label})
}

func parseElements(data []byte, labels []string) ([][]byte, []PEMProblem) {
	if bytes.Contains(data, pemBegin) || len(data) == 0 || data[0] != 0x30 {
		return parsePEM(data, labels)
	}
	var elements [][]byte
	for rest := data; len(rest) > 0; {
		var first []byte
		var ok bool
		if first, rest, ok = split(rest); !ok || first[0] != 0x30 || len(elements) == maxStore {
			return elements, []PEMProblem{{1, fmt.Sprintf("DER that can't be read after %s", countElements(len(elements)))}}
		}
		elements = append(elements, first)
	}
	return elements, nil
}

func countElements(n int) string {
	if n == 1 {
		return "1 element"
	}
	return fmt.Sprint(n, " elements")
}

var (
	pemBegin = []byte("-----BEGIN ")
	pemEnd   = []byte("-----END ")
	pemDash  = []byte("-----")
)

// pemScanner finds the blocks of a PEM file, line by line.
type pemScanner struct {
	rest []byte
	line int
}

type pemBlock struct {
	label string
	line  int
	text  []byte // the lines between
}

// nextLine returns the next line without its end and white space around.
func (s *pemScanner) nextLine() (line []byte, ok bool) {
	if len(s.rest) == 0 {
		return nil, false
	}
	s.line++
	end := bytes.IndexByte(s.rest, '\n')
	if end < 0 {
		line, s.rest = s.rest, nil
	} else {
		line, s.rest = s.rest[:end], s.rest[end+1:]
	}
	return bytes.TrimSpace(line), true
}

// label returns the label of a line such as "-----BEGIN CERTIFICATE-----".
func pemLabel(line, prefix []byte) (string, bool) {
	if !bytes.HasPrefix(line, prefix) || !bytes.HasSuffix(line, pemDash) || len(line) < len(prefix)+len(pemDash) {
		return "", false
	}
	return string(line[len(prefix) : len(line)-len(pemDash)]), true
}

// next returns the next block that begins and ends.
func (s *pemScanner) next(note func(int, string, ...any)) (pemBlock, bool) {
	for {
		line, ok := s.nextLine()
		if !ok {
			return pemBlock{}, false
		}
		label, ok := pemLabel(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), pemBegin)
		if !ok {
			continue
		}
		b := pemBlock{label: label, line: s.line}
		if s.readBlock(&b, note) {
			return b, true
		}
	}
}

// readBlock reads up to the end of the block b. One that isn't ended before the next begins is noted and given up.
func (s *pemScanner) readBlock(b *pemBlock, note func(int, string, ...any)) bool {
	body := s.rest
	for {
		before := *s
		line, ok := s.nextLine()
		if !ok {
			note(b.line, "the block isn't ended")
			return false
		}
		if end, ok := pemLabel(line, pemEnd); ok {
			if end != b.label {
				note(s.line, "the block ends as %.40q", end)
			}
			b.text = body[:len(body)-len(before.rest)]
			return true
		}
		if _, ok := pemLabel(line, pemBegin); ok {
			note(b.line, "the block isn't ended")
			*s = before
			return false
		}
	}
}

// decode returns the bytes of the block. Headers of RFC 1421 end with an empty line.
func (b *pemBlock) decode() ([]byte, error) {
	text := b.text
	if bytes.IndexByte(text, ':') >= 0 {
		at := bytes.Index(bytes.ReplaceAll(text, []byte("\r"), nil), []byte("\n\n"))
		if at >= 0 {
			text = bytes.ReplaceAll(text, []byte("\r"), nil)[at:]
		}
	}
	packed := make([]byte, 0, len(text))
	for _, c := range text {
		if c > ' ' {
			packed = append(packed, c)
		}
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(packed)))
	n, err := base64.StdEncoding.Decode(out, packed)
	return out[:n], err
}
