package record

import (
	"bytes"
	"encoding/binary"
)

// Protocol is what the first bytes of a peer look like.
type Protocol uint8

// The protocols that are told apart. Everything but TLS means that the peer doesn't speak TLS here,
// or not yet (STARTTLS).
const (
	ProtocolUnknown    Protocol = iota
	ProtocolTLS                 // a record of SSL 3.0 to TLS 1.3
	ProtocolDTLS                // a record of DTLS
	ProtocolSSLv2               // a message in the framing of SSL 2.0
	ProtocolHTTP                // a response, or a bare HTML page
	ProtocolSSH                 // RFC 4253, Section 4.2
	ProtocolSMTP                // RFC 5321, Section 4.2
	ProtocolFTP                 // RFC 959, Section 4.2
	ProtocolPOP3                // RFC 1939, Section 3
	ProtocolIMAP                // RFC 3501, Section 7.1
	ProtocolNNTP                // RFC 3977, Section 5.1
	ProtocolMySQL               // the server's greeting or its refusal
	ProtocolPostgreSQL          // an answer to SSLRequest, or an ErrorResponse
	ProtocolLDAP                // RFC 4511, Section 4.1.1
	ProtocolXMPP                // RFC 6120, Section 4.2
	ProtocolSieve               // RFC 5804, Section 1.2
	ProtocolVNC                 // RFC 6143, Section 7.1.1
	ProtocolRedis               // an error reply
)

// String returns the protocol's name.
func (p Protocol) String() string {
	names := [...]string{"unknown", "TLS", "DTLS", "SSL 2.0", "HTTP", "SSH", "SMTP", "FTP", "POP3", "IMAP", "NNTP",
		"MySQL", "PostgreSQL", "LDAP", "XMPP", "ManageSieve", "VNC", "Redis"}
	if int(p) < len(names) {
		return names[p]
	}
	return names[0]
}

// sniffLine is the most of the first line, in bytes, that is given back.
const sniffLine = 512

// Sniff tells from the first bytes of a peer what it speaks. Five bytes are enough for TLS; a
// longer look tells the rest apart better. Where the bytes are text, or begin as a protocol of text does, line is the first
// line without its end, at most 512 bytes, aliasing first; it is the peer's text as it came, control characters and all, and
// must be escaped when shown.
func Sniff(first []byte) (p Protocol, line []byte) {
	if p := sniffBinary(first); p != ProtocolUnknown {
		return p, nil
	}
	line, _, _ = bytes.Cut(first[:min(len(first), sniffLine)], []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if p = sniffText(first, line); p == ProtocolUnknown && !isText(line) {
		return ProtocolUnknown, nil
	}
	return p, line
}

func sniffBinary(b []byte) Protocol {
	tests := [...]struct {
		looks func([]byte) bool
		is    Protocol
	}{
		{looksTLS, ProtocolTLS},
		{looksDTLS, ProtocolDTLS},
		{looksSSLv2, ProtocolSSLv2},
		{looksMySQL, ProtocolMySQL},
		{looksPostgreSQL, ProtocolPostgreSQL},
		{looksLDAP, ProtocolLDAP},
	}
	for _, t := range tests {
		if t.looks(b) {
			return t.is
		}
	}
	return ProtocolUnknown
}

// looksTLS asks for a content type that exists and a major version of 3, with as many bytes as there are.
func looksTLS(b []byte) bool {
	if len(b) == 0 || b[0] < 20 || b[0] > 24 {
		return false
	}
	return (len(b) < 2 || b[1] == 3) && (len(b) < 3 || b[2] <= 4)
}

// looksDTLS: RFC 9147, Section 4: DTLS versions count down from 0xfeff.
func looksDTLS(b []byte) bool {
	return len(b) >= 3 && b[0] >= 20 && b[0] <= 26 && b[1] == 0xfe && b[2] >= 0xfc
}

// looksSSLv2: a two-byte length with its top bit set, then the message type: 0 error, 1 CLIENT-HELLO,
// 4 SERVER-HELLO. RFC 5246, Appendix E.2, tells the CLIENT-HELLO.
func looksSSLv2(b []byte) bool {
	if len(b) < 3 || b[0]&0x80 == 0 {
		return false
	}
	n := int(b[0]&0x7f)<<8 | int(b[1])
	switch b[2] {
	case 0:
		return n == 3
	case 1:
		return n >= 9 && len(b) >= 5 && (b[3] == 3 || b[3] == 0 && b[4] == 2)
	case 4:
		return n >= 11 && len(b) >= 7 && b[5] == 0 && b[6] == 2
	}
	return false
}

// looksMySQL: a packet's length, little-endian, its number 0, then protocol version 10 (a greeting)
// or 0xff (an error, as "Host is not allowed to connect").
func looksMySQL(b []byte) bool {
	if len(b) < 6 || b[3] != 0 {
		return false
	}
	n := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	return n >= 4 && n < 1<<12 && (b[4] == 0xff || b[4] == 10 && b[5] >= '0' && b[5] <= '9')
}

// looksPostgreSQL: the one byte of an answer to SSLRequest, or an ErrorResponse: 'E', a length, and
// the severity field 'S'.
func looksPostgreSQL(b []byte) bool {
	if len(b) == 1 {
		return b[0] == 'S' || b[0] == 'N'
	}
	if len(b) < 6 || b[0] != 'E' {
		return false
	}
	n := binary.BigEndian.Uint32(b[1:])
	return n >= 8 && n < 1<<14 && b[5] == 'S'
}

// looksLDAP: a BER sequence that starts with a messageID and goes on with an ExtendedResponse, which
// is how a Notice of Disconnection begins. RFC 4511, Section 4.4.1.
func looksLDAP(b []byte) bool {
	if len(b) < 2 || b[0] != 0x30 {
		return false
	}
	rest := b[2:]
	if n := int(b[1] & 0x7f); b[1]&0x80 != 0 {
		if n > 4 || len(rest) < n {
			return false
		}
		rest = rest[n:]
	}
	return len(rest) >= 4 && rest[0] == 2 && rest[1] == 1 && rest[3] == 0x78
}

// isText reports whether the line is not empty and free of control characters other than tab.
func isText(line []byte) bool {
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return len(line) > 0
}

func sniffText(first, line []byte) Protocol {
	prefixes := [...]struct {
		prefix string
		is     Protocol
	}{
		{"HTTP/", ProtocolHTTP}, {"<!DOCTYPE", ProtocolHTTP}, {"<html", ProtocolHTTP},
		{"SSH-", ProtocolSSH},
		{"+OK", ProtocolPOP3}, {"-ERR ", ProtocolPOP3},
		{"* OK", ProtocolIMAP}, {"* BYE", ProtocolIMAP}, {"* PREAUTH", ProtocolIMAP},
		{"<?xml", ProtocolXMPP}, {"<stream:", ProtocolXMPP},
		{"RFB 0", ProtocolVNC},
		{"\"IMPLEMENTATION\"", ProtocolSieve},
	}
	for _, p := range prefixes {
		if len(line) >= len(p.prefix) && bytes.EqualFold(line[:len(p.prefix)], []byte(p.prefix)) {
			if p.is == ProtocolPOP3 && (bytes.Contains(line, []byte("unknown command")) || bytes.Contains(line, []byte("Protocol error"))) {
				return ProtocolRedis
			}
			return p.is
		}
	}
	return sniffReply(first, line)
}

// sniffReply tells apart the protocols whose replies begin with three digits. SMTP and FTP both
// greet with 220, so the text decides, and SMTP stands where nothing speaks for FTP.
func sniffReply(first, line []byte) Protocol {
	if len(line) < 4 || line[3] != ' ' && line[3] != '-' {
		return ProtocolUnknown
	}
	text := bytes.ToLower(first[:min(len(first), sniffLine)])
	switch string(line[:3]) {
	case "220", "120", "421", "500", "530":
		if bytes.Contains(text, []byte("ftp")) && !bytes.Contains(text, []byte("smtp")) {
			return ProtocolFTP
		}
		if line[0] == '1' || line[0] == '5' && line[1] == '3' {
			return ProtocolFTP
		}
		return ProtocolSMTP
	case "521", "554", "502", "503":
		return ProtocolSMTP
	case "200", "201", "400":
		return ProtocolNNTP
	}
	return ProtocolUnknown
}
