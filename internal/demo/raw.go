package demo

import (
	"context"
	"io"
	"net"
	"time"
)

// rawPeer is a server that does not speak TLS, or not for long. The connection is closed after it.
type rawPeer func(ctx context.Context, conn *net.TCPConn, o Options)

// sayNothing keeps the connection open.
func sayNothing(ctx context.Context, _ *net.TCPConn, _ Options) { <-ctx.Done() }

// awaitHello reads what the client sends first, at most one record of usual size.
func awaitHello(conn *net.TCPConn) bool {
	_, err := conn.Read(make([]byte, 8<<10))
	return err == nil
}

// sayAfterHello waits for the client, sends b and ends.
func sayAfterHello(conn *net.TCPConn, b []byte) {
	if !awaitHello(conn) {
		return
	}
	if _, err := conn.Write(b); err == nil {
		linger(conn)
	}
}

func hangUp(_ context.Context, conn *net.TCPConn, _ Options) { sayAfterHello(conn, nil) }

// reset closes with a reset instead of a FIN.
func reset(_ context.Context, conn *net.TCPConn, _ Options) {
	if awaitHello(conn) {
		_ = conn.SetLinger(0) // without it the close is an ordinary one
	}
}

// plainHTTP answers a ClientHello as HTTP servers do.
func plainHTTP(_ context.Context, conn *net.TCPConn, o Options) {
	const body = "this server speaks HTTP\n"
	sayAfterHello(conn, []byte("HTTP/1.1 400 Bad Request\r\nDate: "+o.Clock().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")+
		"\r\nServer: tlsprobe-demo\r\nContent-Type: text/plain\r\nContent-Length: 24\r\nConnection: close\r\n\r\n"+body))
}

// banner greets first, as SSH (RFC 4253, Section 4.2) and SMTP (RFC 5321, Section 3.1) do, and
// leaves when the client has answered.
func banner(line string) rawPeer {
	return func(_ context.Context, conn *net.TCPConn, _ Options) {
		if _, err := io.WriteString(conn, line); err == nil && awaitHello(conn) {
			linger(conn)
		}
	}
}

// garbage sends bytes whose first is no content type, nor the length of an SSL 2.0 record. RFC 8446, Section 5.1.
func garbage(_ context.Context, conn *net.TCPConn, o Options) {
	b := make([]byte, 512)
	if _, err := io.ReadFull(o.Rand, b); err != nil {
		return
	}
	b[0] |= 0xc0
	sayAfterHello(conn, b)
}

// longRecord sends a handshake record over any limit. RFC 8446, Section 5.1.
func longRecord(_ context.Context, conn *net.TCPConn, _ Options) {
	b := make([]byte, 5+1<<16-1)
	copy(b, []byte{22, 3, 3, 0xff, 0xff})
	sayAfterHello(conn, b)
}

// longMessage announces a ServerHello of the greatest length there is and sends its beginning, in
// records of the greatest length. RFC 8446, Section 4.
func longMessage(_ context.Context, conn *net.TCPConn, _ Options) {
	const records, size = 8, 1 << 14
	var b []byte
	for i := range records {
		record := make([]byte, 5+size)
		copy(record, []byte{22, 3, 3, size >> 8, size & 0xff})
		if i == 0 {
			copy(record[5:], []byte{2, 0xff, 0xff, 0xff})
		}
		b = append(b, record...)
	}
	sayAfterHello(conn, b)
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
