package message

import (
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/wire"
)

// HelloRequest asks the client to renegotiate. RFC 5246, Section 7.4.1.1.
type HelloRequest struct{}

// Type implements Message.
func (*HelloRequest) Type() iana.HandshakeType { return iana.HelloRequest }

// Name implements Message.
func (*HelloRequest) Name() string { return "hello_request" }

func (*HelloRequest) layout(*wire.Codec) {}

// ServerHelloDone ends the server's first flight. RFC 5246, Section 7.4.5.
type ServerHelloDone struct{}

// Type implements Message.
func (*ServerHelloDone) Type() iana.HandshakeType { return iana.ServerHelloDone }

// Name implements Message.
func (*ServerHelloDone) Name() string { return "server_hello_done" }

func (*ServerHelloDone) layout(*wire.Codec) {}

// EndOfEarlyData ends the client's 0-RTT data. RFC 8446, Section 4.5.
type EndOfEarlyData struct{}

// Type implements Message.
func (*EndOfEarlyData) Type() iana.HandshakeType { return iana.EndOfEarlyData }

// Name implements Message.
func (*EndOfEarlyData) Name() string { return "end_of_early_data" }

func (*EndOfEarlyData) layout(*wire.Codec) {}
