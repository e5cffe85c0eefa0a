package trace

import "github.com/tlsprobe/tlsprobe/internal/finding"

// Detail is what an event of a layer says besides its bytes: one struct for each kind of event.
type Detail interface {
	// appendKeys appends the keys of its JSON object, without braces.
	appendKeys(b []byte) []byte
}

// Lookup is the answer to a name lookup; net, kind "lookup".
type Lookup struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses"`
	Ms        float64  `json:"ms"`
	Error     string   `json:"error,omitempty"`
}

// Attempt is one try to connect; net, kind "attempt".
type Attempt struct {
	Address string  `json:"address"`
	Why     string  `json:"why"`
	Ms      float64 `json:"ms"`
	Error   string  `json:"error,omitempty"`
}

// Connected is the connection that is used; net, kind "connected".
type Connected struct {
	Local  string   `json:"local"`
	Remote string   `json:"remote"`
	Ms     float64  `json:"ms"`
	RTTMs  *float64 `json:"rtt_ms"` // the kernel's, where it tells
}

// Record is one record; record, kind by content type. Tree and buffer show its header and fragment.
type Record struct {
	Number      int    `json:"number"` // in its direction, from 1
	ContentType *Code  `json:"content_type"`
	Version     *Code  `json:"version"`
	Length      int    `json:"length"`    // of the fragment, in bytes
	Protected   bool   `json:"protected"` //
	Epoch       string `json:"epoch,omitempty"`
	Sequence    uint64 `json:"sequence"`
	InnerType   *Code  `json:"inner_type,omitempty"` // TLS 1.3: the type under protection
	Padding     int    `json:"padding,omitempty"`
	Plaintext   *int   `json:"plaintext,omitempty"` // buffer id of what was inside
}

// Secret is a secret that was derived; key, kind "secret". Its value is there only when secrets were asked for.
type Secret struct {
	Label  string `json:"label"`
	From   string `json:"from"`
	Length int    `json:"length"` // bytes
	KeyLog string `json:"key_log,omitempty"`
	Value  string `json:"value,omitempty"` // hex
}

// Keys is a change of keys; key, kind "install".
type Keys struct {
	Direction   string `json:"direction"` // read, write
	Epoch       string `json:"epoch"`     // handshake, application, …
	CipherSuite *Code  `json:"cipher_suite"`
}

// Exchange is a completed key agreement; key, kind "exchange".
type Exchange struct {
	Method   string `json:"method"` // ECDHE, DHE, RSA, …
	Group    *Code  `json:"group"`  // null where there is none
	Bits     int    `json:"bits"`   // of the modulus or the field, 0 where it means nothing
	Known    string `json:"known,omitempty"`
	Strength int    `json:"strength"` // security strength in bits against classical attack
	Quantum  bool   `json:"quantum"`  // holds a post-quantum part
	Secret   int    `json:"secret"`   // length of the shared secret, bytes
}

// ClientFingerprint sums up a ClientHello, so that the client can be looked up; message, kind "client_hello".
type ClientFingerprint struct {
	JA3     string `json:"ja3"`
	JA3Full string `json:"ja3_full"` // what JA3 is the MD5 of
	JA4     string `json:"ja4"`
	JA4Raw  string `json:"ja4_r"` // with the lists instead of their hashes
}

// ServerFingerprint sums up the answer to a hello; message, kinds "server_hello" and "hello_retry_request".
type ServerFingerprint struct {
	JA3S     string `json:"ja3s"`
	JA3SFull string `json:"ja3s_full"` // what JA3S is the MD5 of
}

// State is a state of the engine that was entered; state, kind by its name.
type State struct {
	Ref string `json:"ref"`
}

// Check is the result of a check; its finding stands in the event's findings.
type Check struct {
	Subject string `json:"subject,omitempty"`
}

// AlertDetail is an alert; alert, kind "alert".
type AlertDetail struct {
	Level       *Code `json:"level"`
	Description *Code `json:"description"`
}

// Data is application data; data, kind "application_data". Bytes beyond the limit on what is kept are counted only.
type Data struct {
	Length int  `json:"length"`
	Kept   int  `json:"kept"`
	Early  bool `json:"early,omitempty"`
}

// Closed is the end of the connection; net, kind "closed".
type Closed struct {
	How string `json:"how"` // close_notify, eof, reset, timeout, local, alert
}

// Opaque is what was protected in a direction of somebody else's connection and could not be opened; net, kind "opaque".
type Opaque struct {
	Records int `json:"records"`
	Bytes   int `json:"bytes"` // of fragments
}

// Segment is something odd about the TCP stream that a capture holds; net, kind "retransmission", "overlap", "reordering", "gap",
// "cut_short", "mid_stream" or "reset".
type Segment struct {
	Bytes int `json:"bytes"`
	Count int `json:"count"` // how often, where several are told at once
}

// Foreign is what a peer sent that is not TLS; net, kind "foreign".
type Foreign struct {
	Protocol  string `json:"protocol"` // http, ssh, smtp, …; empty: unknown
	FirstLine string `json:"first_line"`
}

// Summary is the result at a glance. Every key is always there, null where it is not known.
type Summary struct {
	Version                    *Code             `json:"version"`
	CipherSuite                *Code             `json:"cipher_suite"`
	Group                      *Code             `json:"group"`
	SignatureScheme            *Code             `json:"signature_scheme"`
	ALPN                       *string           `json:"alpn"`
	SNI                        *string           `json:"sni"`
	Address                    *string           `json:"address"`
	HelloRetryRequest          *bool             `json:"hello_retry_request"`
	Resumed                    *bool             `json:"resumed"`
	EarlyData                  *bool             `json:"early_data"`
	ExtendedMasterSecret       *bool             `json:"extended_master_secret"`
	EncryptThenMAC             *bool             `json:"encrypt_then_mac"`
	SecureRenegotiation        *bool             `json:"secure_renegotiation"`
	OCSPStapled                *bool             `json:"ocsp_stapled"`
	SCTCount                   *int              `json:"sct_count"`
	ClientCertificateRequested *bool             `json:"client_certificate_requested"`
	Certificates               []Certificate     `json:"certificates"`
	Checks                     []finding.Finding `json:"checks"`
	Timing                     Timing            `json:"timing"`
}

// Certificate is a certificate of the chain as received.
type Certificate struct {
	Subject   string `json:"subject"`
	Issuer    string `json:"issuer"`
	NotBefore string `json:"not_before"` // RFC 3339
	NotAfter  string `json:"not_after"`
	Key       string `json:"key"`
	SHA256    string `json:"sha256"`
}

// Timing is how long the steps took, in milliseconds.
type Timing struct {
	DNSMs *float64 `json:"dns_ms"`
	TCPMs *float64 `json:"tcp_ms"`
	TLSMs *float64 `json:"tls_ms"`
	RTTMs *float64 `json:"rtt_ms"`
}

// Omitted is what a trace does not hold because it would have grown without bound; net, kind "omitted".
type Omitted struct {
	Records int `json:"records"` // records that have no event
	Bytes   int `json:"bytes"`   // bytes of records or application data that are not kept
}
