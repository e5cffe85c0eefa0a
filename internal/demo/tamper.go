package demo

import (
	"bytes"
	"context"
	"net"
	"time"
)

// writerConn is a connection whose Write is another. Only one goroutine writes to it, since the
// talks read and write in turn.
type writerConn struct {
	net.Conn
	write func([]byte) (int, error)
}

// Write implements net.Conn.
func (c writerConn) Write(b []byte) (int, error) { return c.write(b) }

// inPieces sends 100 bytes every 5 ms.
func inPieces(ctx context.Context, conn net.Conn) net.Conn {
	return paced(ctx, conn, 100, 5*time.Millisecond)
}

// byByte sends a byte every 100 ms.
func byByte(ctx context.Context, conn net.Conn) net.Conn {
	return paced(ctx, conn, 1, 100*time.Millisecond)
}

// paced sends size bytes at a time, with a wait between.
func paced(ctx context.Context, conn net.Conn, size int, wait time.Duration) net.Conn {
	return writerConn{conn, func(b []byte) (int, error) {
		sent := 0
		for sent < len(b) {
			n, err := conn.Write(b[sent:min(sent+size, len(b))])
			if sent += n; err != nil {
				return sent, err
			}
			pause(ctx, wait)
		}
		return sent, nil
	}}
}

// cutFlight lets 300 bytes pass: all of a ServerHello without a hybrid share, not all of a flight.
func cutFlight(_ context.Context, conn net.Conn) net.Conn {
	left := 300
	return writerConn{conn, func(b []byte) (int, error) {
		n := min(left, len(b))
		left -= n
		if n == 0 {
			return 0, net.ErrClosed
		}
		if m, err := conn.Write(b[:n]); err != nil || n == len(b) {
			return m, err
		}
		return n, net.ErrClosed
	}}
}

// flipBit changes the last bit of the first record of type application_data, which in TLS 1.3
// holds the first encrypted handshake message. RFC 8446, Section 5.2.
func flipBit(_ context.Context, conn net.Conn) net.Conn {
	done := false
	return writerConn{conn, func(b []byte) (int, error) {
		if done {
			return conn.Write(b)
		}
		b = bytes.Clone(b)
		// crypto/tls writes whole records.
		for at := 0; !done && at+5 <= len(b); {
			end := min(at+5+int(b[at+3])<<8+int(b[at+4]), len(b))
			if b[at] == 23 {
				b[end-1] ^= 1
				done = true
			}
			at = end
		}
		return conn.Write(b)
	}}
}
