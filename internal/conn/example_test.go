package conn_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/handshake"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// exampleServer returns the client's end of a connection to a TLS 1.3 server that speaks h2.
func exampleServer() net.Conn {
	client, server := net.Pipe()
	go func() {
		s := tls.Server(server, &tls.Config{
			Certificates: []tls.Certificate{serverCertificate()}, NextProtos: []string{"h2"}, SessionTicketsDisabled: true,
		})
		if s.Handshake() == nil {
			_, _ = io.Copy(io.Discard, s)
			_ = s.Close()
		}
	}()
	return client
}

func exampleConfig() handshake.Config {
	return handshake.Config{Offer: handshake.DefaultOffer(iana.TLS13, iana.TLS13), Rand: rand.Reader}
}

// The observer of docs/architecture.md: begin

// narrator prints the names of the messages as they pass.
type narrator struct{}

// Buffer implements trace.Observer: the bytes are of no interest here.
func (narrator) Buffer(*trace.Buffer) {}

// Event implements trace.Observer.
func (narrator) Event(e *trace.Event) {
	if e.Layer == trace.LayerMessage {
		fmt.Println(e.Dir, e.Kind)
	}
}

func ExampleConfig_observers() {
	c := conn.New(exampleServer(), conn.Config{
		Handshake: exampleConfig(),
		Observers: []trace.Observer{narrator{}},
		Now:       func() time.Duration { return 0 },
	})
	if err := c.Handshake(context.Background()); err != nil {
		fmt.Println(err)
	}
	_ = c.Close(0)
	// Output:
	// sent client_hello
	// received server_hello
	// received change_cipher_spec
	// received encrypted_extensions
	// received certificate
	// received certificate_verify
	// received finished
	// sent change_cipher_spec
	// sent finished
}

// The observer of docs/architecture.md: end

// The interceptor of docs/architecture.md: begin

// withoutALPN takes the ALPN extension out of a ClientHello on its way.
type withoutALPN struct{}

// Intercept implements conn.Interceptor.
func (withoutALPN) Intercept(o *conn.Outgoing) {
	h, ok := o.Message.(*message.ClientHello)
	if !ok {
		return
	}
	changed := *h
	changed.Extensions = slices.DeleteFunc(slices.Clone(h.Extensions), func(x message.Extension) bool {
		return x.Type == iana.ExtALPN
	})
	o.Raw, _ = message.Encode(&changed, &message.Context{Sender: message.Client})
}

func ExampleInterceptor() {
	for _, i := range []conn.Interceptor{nil, withoutALPN{}} {
		c := conn.New(exampleServer(), conn.Config{Handshake: exampleConfig(), Interceptor: i})
		if err := c.Handshake(context.Background()); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("agreed on %q\n", c.Session().ALPN)
		_ = c.Close(0)
	}
	// Output:
	// agreed on "h2"
	// agreed on ""
}

// The interceptor of docs/architecture.md: end

func TestTheExamplesInTheDocumentationAreThese(t *testing.T) {
	code, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"observer", "interceptor"} {
		_, rest, _ := strings.Cut(string(code), "// The "+name+" of docs/architecture.md: begin\n\n")
		example, _, found := strings.Cut(rest, "\n// The "+name+" of docs/architecture.md: end\n")
		if !found || !strings.Contains(string(doc), "```go\n"+example+"```\n") {
			t.Errorf("docs/architecture.md does not have the %s of example_test.go", name)
		}
	}
}
