package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	maxRequest = 16 << 10 // bytes of an HTTP request
	maxEcho    = 1 << 20  // bytes that one connection echoes
)

// talk is what a server does after the handshake. It reports whether to say goodbye with close_notify.
type talk func(ctx context.Context, conn *tls.Conn, o Options) (polite bool)

// serveTLS does the handshake, talks, and closes.
func (s *Server) serveTLS(ctx context.Context, tcp *net.TCPConn) {
	var transport net.Conn = tcp
	if s.scenario.wrap != nil {
		transport = s.scenario.wrap(ctx, tcp)
	}
	conn := tls.Server(transport, s.config)
	err := conn.HandshakeContext(ctx)
	if s.options.Observe != nil {
		defer func() { s.options.Observe(Session{Remote: tcp.RemoteAddr(), State: conn.ConnectionState(), Err: err}) }()
	}
	polite := false
	if err == nil {
		say := s.scenario.talk
		if say == nil {
			say = answer
		}
		polite = say(ctx, conn, s.options)
	}
	if polite {
		_ = conn.CloseWrite() // close_notify; the client may be gone
	}
	linger(tcp)
}

// linger ends our side and takes what the client still has to say, for a while. Closing a socket
// with unread bytes sends a reset, and that can overtake the alert that was sent before.
func linger(tcp *net.TCPConn) {
	if err := tcp.CloseWrite(); err != nil {
		return
	}
	stop := time.AfterFunc(500*time.Millisecond, func() { _ = tcp.Close() })
	defer stop.Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(tcp, maxEcho)) // whatever it is, nobody reads it
}

// answer serves one HTTP request, or echoes what is not HTTP.
func answer(_ context.Context, conn *tls.Conn, o Options) bool {
	buf := make([]byte, maxRequest)
	n, err := conn.Read(buf)
	if n == 0 || err != nil {
		return true
	}
	// Clients of TLS 1.0 send the first octet of CBC data in a record of its own, so that the
	// initialization vector of what follows can't be foreseen. RFC 7457, Section 2.3.
	if n == 1 && (buf[0] == 'G' || buf[0] == 'H') && conn.ConnectionState().Version == tls.VersionTLS10 {
		m, err := conn.Read(buf[1:])
		if n += m; err != nil {
			return true
		}
	}
	if isHTTP(buf[:n]) {
		return answerHTTP(conn, buf, n, o)
	}
	for total := 0; ; {
		if _, err := conn.Write(buf[:n]); err != nil {
			return false
		}
		if total += n; total > maxEcho {
			return true
		}
		if n, err = conn.Read(buf); err != nil {
			return true
		}
	}
}

func isHTTP(b []byte) bool {
	for _, method := range []string{"GET ", "HEAD "} {
		if bytes.HasPrefix(b, []byte(method)) {
			return true
		}
	}
	return false
}

// answerHTTP reads the rest of the request and answers it. RFC 9112, Section 2.1.
func answerHTTP(conn *tls.Conn, buf []byte, n int, o Options) bool {
	for !bytes.Contains(buf[:n], []byte("\r\n\r\n")) {
		if n == len(buf) {
			_, _ = io.WriteString(conn, "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return true
		}
		m, err := conn.Read(buf[n:])
		if err != nil {
			return true
		}
		n += m
	}
	state := conn.ConnectionState()
	body := fmt.Sprintf("%s with %s\n", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nDate: %s\r\nServer: tlsprobe-demo\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
		o.Clock().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), len(body))
	if bytes.HasPrefix(buf, []byte("HEAD ")) {
		body = ""
	}
	_, err := io.WriteString(conn, head+body)
	return err == nil
}

// leaveSilently answers and then closes without close_notify. RFC 8446, Section 6.1.
func leaveSilently(ctx context.Context, conn *tls.Conn, o Options) bool {
	answer(ctx, conn, o)
	return false
}

// idleHTTP2 sends the server's preface, an empty SETTINGS frame (RFC 9113, Section 3.4), and then
// reads until the client leaves.
func idleHTTP2(_ context.Context, conn *tls.Conn, _ Options) bool {
	if conn.ConnectionState().NegotiatedProtocol == "h2" {
		if _, err := conn.Write([]byte{0, 0, 0, 4, 0, 0, 0, 0, 0}); err != nil {
			return false
		}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, maxEcho))
	return true
}

// neverStop sends until the client leaves or the connection's time is up.
func neverStop(_ context.Context, conn *tls.Conn, _ Options) bool {
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		return true
	}
	block := bytes.Repeat([]byte("all work and no play\n"), 780) // nearly a full record
	_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
	for err == nil {
		_, err = conn.Write(block)
	}
	return false
}
