package demo

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	// connectionLimit bounds one connection, whatever its client does.
	connectionLimit = 30 * time.Second
	// maxConnections are served at a time; more wait to be accepted.
	maxConnections = 64
)

// Options are the choices of a server that do not belong to its scenario. The zero value will do.
type Options struct {
	// Listen is a TCP address; empty is localhost:0, a free port on the loopback addresses of both
	// families where there are two.
	Listen string
	// Clock dates certificates and HTTP answers; nil is time.Now.
	Clock func() time.Time
	// Rand feeds keys, serial numbers and hellos; nil is crypto/rand.Reader.
	Rand io.Reader
	// Limit bounds one connection; 0 is 30 s.
	Limit time.Duration
	// Observe is told of each TLS connection when it has ended; it may be called by several
	// goroutines at once. May be nil.
	Observe func(Session)
}

// Session is a TLS connection as the server saw it.
type Session struct {
	Remote net.Addr
	State  tls.ConnectionState
	// Err is why the handshake failed, nil if it did not.
	Err error
}

// Server is a running scenario.
type Server struct {
	scenario  Scenario
	options   Options
	listeners []net.Listener
	config    *tls.Config
	issued    issued
	client    tls.Certificate // for the client, if the scenario has one
	cancel    context.CancelFunc
	running   sync.WaitGroup
	slots     chan struct{}
}

// Start makes the certificates and begins to serve, until ctx ends or Close is called.
func Start(ctx context.Context, s Scenario, o Options) (*Server, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Limit == 0 {
		o.Limit = connectionLimit
	}
	o.Rand = &sharedReader{from: o.Rand}
	srv := &Server{scenario: s, options: o, slots: make(chan struct{}, maxConnections)}
	var err error
	if srv.issued, err = s.identity.issue(o.Clock, o.Rand); err != nil {
		return nil, fmt.Errorf("starting scenario %s: %w", s.Name, err)
	}
	if s.client {
		srv.client, err = srv.issued.root.Issue(LeafOptions{Names: []string{"client.tlsprobe.test"}, Usage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		if err != nil {
			return nil, fmt.Errorf("starting scenario %s: %w", s.Name, err)
		}
	}
	srv.config = srv.newConfig()
	if srv.listeners, err = listen(ctx, o.Listen); err != nil {
		return nil, fmt.Errorf("starting scenario %s: %w", s.Name, err)
	}
	ctx, srv.cancel = context.WithCancel(ctx)
	for _, l := range srv.listeners {
		srv.running.Go(func() { srv.accept(ctx, l) })
	}
	// The end of the context is enough to stop accepting.
	context.AfterFunc(ctx, srv.closeListeners)
	return srv, nil
}

func (s *Server) newConfig() *tls.Config {
	c := &tls.Config{
		Certificates: []tls.Certificate{s.issued.cert},
		ClientCAs:    x509.NewCertPool(),
		NextProtos:   []string{"http/1.1"},
		MinVersion:   tls.VersionTLS12,
		Time:         s.options.Clock,
		Rand:         s.options.Rand,
	}
	c.ClientCAs.AddCert(s.issued.root.Certificate)
	if s.scenario.config != nil {
		s.scenario.config(c)
	}
	return c
}

// listen opens the address, and for localhost the other family's loopback on the same port: what
// localhost means first differs between systems.
func listen(ctx context.Context, address string) ([]net.Listener, error) {
	if address == "" {
		address = "localhost:0"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	if host != "localhost" {
		l, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return []net.Listener{l}, nil
	}
	var listeners []net.Listener
	var failed error
	for _, ip := range []string{"127.0.0.1", "::1"} {
		l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(ip, port))
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		listeners = append(listeners, l)
		port = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	}
	if len(listeners) == 0 {
		return nil, failed
	}
	return listeners, nil
}

// Addr returns the address that the server listens on; with both loopback addresses, the IPv4 one.
func (s *Server) Addr() net.Addr { return s.listeners[0].Addr() }

// Host returns the name to ask for: its certificate is for it, where the scenario has a right one.
func (s *Server) Host() string { return "localhost" }

// Target returns what to give to `tlsprobe connect`.
func (s *Server) Target() string {
	return net.JoinHostPort(s.Host(), strconv.Itoa(s.Addr().(*net.TCPAddr).Port))
}

// RootsPEM returns the root to trust. In the scenario untrusted-root it is an unrelated one.
func (s *Server) RootsPEM() []byte { return slices.Clone(s.issued.trust) }

// Client returns what the client is to prove itself with, chain in DER and key; nil in most scenarios.
func (s *Server) Client() ([][]byte, crypto.Signer) {
	key, _ := s.client.PrivateKey.(crypto.Signer)
	return s.client.Certificate, key
}

// ClientPEM returns the same in PEM, the key last.
func (s *Server) ClientPEM() ([]byte, error) {
	chain, key := s.Client()
	if key == nil {
		return nil, nil
	}
	var out []byte
	for _, der := range chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("writing the client's key: %w", err)
	}
	return append(out, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...), nil
}

// ConnectArgs returns the flags that `tlsprobe connect` needs to see what the scenario shows,
// besides --roots.
func (s *Server) ConnectArgs() []string { return slices.Clone(s.scenario.Args) }

// ExpectOutcome returns what a connection with these flags comes to.
func (s *Server) ExpectOutcome() Outcome { return s.scenario.Expect }

// CA returns the root, to issue certificates for clients.
func (s *Server) CA() *CA { return s.issued.root }

// Close stops the server, its connections too, and waits for them.
func (s *Server) Close() error {
	s.cancel()
	s.closeListeners()
	s.running.Wait()
	return nil
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		_ = l.Close() // it may have been closed before
	}
}

// accept serves what comes to one listener.
func (s *Server) accept(ctx context.Context, l net.Listener) {
	for {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		conn, err := l.Accept()
		if err != nil {
			<-s.slots
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			pause(ctx, 10*time.Millisecond) // out of file descriptors, most likely
			continue
		}
		s.running.Go(func() {
			defer func() { <-s.slots }()
			s.serve(ctx, conn.(*net.TCPConn))
		})
	}
}

// serve is one connection. Its end, and that of the server, closes the socket, which ends all
// reading and writing.
func (s *Server) serve(ctx context.Context, conn *net.TCPConn) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Limit)
	defer cancel()
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if s.scenario.raw != nil {
		s.scenario.raw(ctx, conn, s.options)
		return
	}
	s.serveTLS(ctx, conn)
}

// sharedReader lets connections share a reader that is not made for it.
type sharedReader struct {
	mu   sync.Mutex
	from io.Reader
}

// Read implements io.Reader.
func (r *sharedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from.Read(p)
}
