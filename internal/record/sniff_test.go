package record

import "testing"

func TestFirstBytesTellTheProtocol(t *testing.T) {
	cases := []struct {
		first string
		want  Protocol
		line  string
	}{
		{"\x16\x03\x03\x00\x7a\x02", ProtocolTLS, ""},
		{"\x15\x03\x00\x00\x02\x02\x28", ProtocolTLS, ""},
		{"\x16", ProtocolTLS, ""},
		{"\x16\x02\x00\x00\x10", ProtocolUnknown, ""},
		{"\x16\xfe\xfd\x00\x00", ProtocolDTLS, ""},
		{"\x80\x2e\x01\x00\x02\x00\x15", ProtocolSSLv2, ""},
		{"\x80\x2e\x01\x03\x01\x00\x15", ProtocolSSLv2, ""},
		{"\x84\x35\x04\x00\x01\x00\x02\x03\xe9", ProtocolSSLv2, ""},
		{"\x80\x03\x00\x00\x01", ProtocolSSLv2, ""},
		{"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n", ProtocolHTTP, "HTTP/1.1 400 Bad Request"},
		{"<html>\r\n<head><title>400", ProtocolHTTP, "<html>"},
		{"<!doctype html>", ProtocolHTTP, "<!doctype html>"},
		{"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", ProtocolSSH, "SSH-2.0-OpenSSH_9.2p1 Debian-2"},
		{"220 mail.example.com ESMTP Postfix\r\n", ProtocolSMTP, "220 mail.example.com ESMTP Postfix"},
		{"220-we do not authorize\r\n", ProtocolSMTP, "220-we do not authorize"},
		{"554 no SMTP service here\r\n", ProtocolSMTP, "554 no SMTP service here"},
		{"220 (vsFTPd 3.0.3)\r\n", ProtocolFTP, "220 (vsFTPd 3.0.3)"},
		{"220---------- Welcome to Pure-FTPd ----------\r\n220-You", ProtocolFTP, "220---------- Welcome to Pure-FTPd ----------"},
		{"+OK Dovecot ready.\r\n", ProtocolPOP3, "+OK Dovecot ready."},
		{"* OK [CAPABILITY IMAP4rev1] ready\r\n", ProtocolIMAP, "* OK [CAPABILITY IMAP4rev1] ready"},
		{"200 news.example.com InterNetNews ready\r\n", ProtocolNNTP, "200 news.example.com InterNetNews ready"},
		{"\x4a\x00\x00\x00\x0a8.0.36\x00", ProtocolMySQL, ""},
		{"\x45\x00\x00\x00\xff\x6a\x04Host", ProtocolMySQL, ""},
		{"N", ProtocolPostgreSQL, ""},
		{"E\x00\x00\x00\x91SFATAL\x00", ProtocolPostgreSQL, ""},
		{"\x30\x24\x02\x01\x00\x78\x1f", ProtocolLDAP, ""},
		{"\x30\x84\x00\x00\x00\x24\x02\x01\x00\x78\x1f", ProtocolLDAP, ""},
		{"<?xml version='1.0'?><stream:stream", ProtocolXMPP, "<?xml version='1.0'?><stream:stream"},
		{"\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n", ProtocolSieve, "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\""},
		{"RFB 003.008\n", ProtocolVNC, "RFB 003.008"},
		{"-ERR unknown command `\x16", ProtocolRedis, "-ERR unknown command `\x16"},
		{"HTTP/1.1 400 \x1b[31mBad\r\nServer: x\r\n", ProtocolHTTP, "HTTP/1.1 400 \x1b[31mBad"},
		{"220 \x1b]0;pwn\x07 ESMTP\r\n", ProtocolSMTP, "220 \x1b]0;pwn\x07 ESMTP"},
		{"SSH-2.0-\x00\x7f\n", ProtocolSSH, "SSH-2.0-\x00\x7f"},
		{"hello \x1b[31mthere\r\n", ProtocolUnknown, ""},
		{"-ERR unknown command\r\n", ProtocolRedis, "-ERR unknown command"},
		{"hello there\r\nmore", ProtocolUnknown, "hello there"},
		{"\x00\x01\x02\x03", ProtocolUnknown, ""},
		{"", ProtocolUnknown, ""},
	}
	for _, c := range cases {
		p, line := Sniff([]byte(c.first))
		if p != c.want || string(line) != c.line {
			t.Errorf("%q: %v with %q, want %v with %q", c.first, p, line, c.want, c.line)
		}
	}
}

func TestEveryPrefixOfATLSRecordIsTLS(t *testing.T) {
	record := "\x15\x03\x03\x00\x02\x02\x28"
	for n := 1; n <= len(record); n++ {
		if p, _ := Sniff([]byte(record[:n])); p != ProtocolTLS {
			t.Errorf("%d bytes: %v", n, p)
		}
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("220 ready\r\n"))
	f.Add([]byte("\x30\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, line := Sniff(b)
		if p > ProtocolRedis || len(line) > sniffLine {
			t.Errorf("protocol %d, line of %d bytes", p, len(line))
		}
		if p == ProtocolUnknown && len(line) > 0 && !isText(line) {
			t.Errorf("%q is no text, and of no protocol of text", line)
		}
	})
}
