package audit

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/dial"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// model is a server that can have any order, which no real one can: it speaks TLS as far as enumeration listens.
type model struct {
	versions                        []uint16 // newest first
	suites, groups                  []uint16 // the most liked first; suites of all versions
	clientsSuites, clientsGroups    bool     // whose order counts
	chachaForThoseWhoLeadWithIt     bool
	ecdsaIfTheClientHasAnySuiteOfIt bool // the certificate is chosen before the suite
}

func (m *model) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		answer := m.answer(readRecord(server))
		go func() { _, _ = io.Copy(io.Discard, server) }() // or who still writes would notice that nobody reads
		_, _ = server.Write(answer)
		time.Sleep(time.Millisecond)
		_ = server.Close()
	}()
	return pipeConn{client}, nil
}

// pipeConn has an address, as connections of a network have.
type pipeConn struct{ net.Conn }

// RemoteAddr implements net.Conn.
func (pipeConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443} }

func readRecord(r io.Reader) []byte {
	header := make([]byte, 5)
	if _, err := io.ReadFull(r, header); err != nil || header[0] != 22 {
		return nil
	}
	body := make([]byte, binary.BigEndian.Uint16(header[3:]))
	if _, err := io.ReadFull(r, body); err != nil {
		return nil
	}
	return body
}

// vector takes a vector with a length of so many bytes off b.
func vector(b []byte, size int) (v, rest []byte) {
	n := int(b[0])
	if size == 2 {
		n = int(binary.BigEndian.Uint16(b))
	}
	return b[size : size+n], b[size+n:]
}

func numbers(b []byte) (list []uint16) {
	for ; len(b) > 1; b = b[2:] {
		list = append(list, binary.BigEndian.Uint16(b))
	}
	return list
}

// The alerts of RFC 8446, Section 6, that it sends, in their records.
var (
	handshakeFailure = []byte{21, 3, 3, 0, 2, 2, 40}
	protocolVersion  = []byte{21, 3, 3, 0, 2, 2, 70}
)

// answer is what it says to a ClientHello: RFC 8446, Section 4.1.2, read without the code that is tested.
func (m *model) answer(hello []byte) []byte {
	if len(hello) < 4+34 {
		return nil
	}
	offered := []uint16{binary.BigEndian.Uint16(hello[4:])}
	_, rest := vector(hello[4+34:], 1)
	list, rest := vector(rest, 2)
	_, rest = vector(rest, 1)
	suites := numbers(list)
	var groups []uint16
	if len(rest) > 0 {
		for rest, _ = vector(rest, 2); len(rest) > 0; {
			var body []byte
			kind := binary.BigEndian.Uint16(rest)
			body, rest = vector(rest[2:], 2)
			switch iana.ExtensionType(kind) {
			case iana.ExtSupportedVersions:
				body, _ = vector(body, 1)
				offered = numbers(body)
			case iana.ExtSupportedGroups:
				body, _ = vector(body, 2)
				groups = numbers(body)
			}
		}
	}
	for _, v := range m.versions {
		if slices.Contains(offered, v) || v < 0x0304 && len(offered) == 1 && v <= offered[0] {
			return m.choose(v, suites, groups)
		}
	}
	return protocolVersion
}

func (m *model) choose(v uint16, suites, groups []uint16) []byte {
	if len(suites) == 0 {
		return handshakeFailure
	}
	has := slices.DeleteFunc(slices.Clone(m.suites), func(s uint16) bool {
		p, _ := iana.CipherSuite(s).Params()
		return iana.Version(v) < p.MinVersion || iana.Version(v) > p.MaxVersion
	})
	group := first(m.groups, groups, m.clientsGroups)
	if group == 0 {
		has = slices.DeleteFunc(has, onCurve)
	}
	if m.ecdsaIfTheClientHasAnySuiteOfIt && v < 0x0304 && slices.ContainsFunc(suites, byECDSA) {
		has = slices.DeleteFunc(has, func(s uint16) bool { return !byECDSA(s) })
	}
	suite := first(has, suites, m.clientsSuites)
	if m.chachaForThoseWhoLeadWithIt && isChaCha(iana.CipherSuite(suites[0])) {
		if at := slices.IndexFunc(has, func(s uint16) bool { return isChaCha(iana.CipherSuite(s)) && slices.Contains(suites, s) }); at >= 0 {
			suite = has[at]
		}
	}
	switch {
	case suite == 0 || v >= 0x0304 && group == 0:
		return handshakeFailure
	case v >= 0x0304:
		return retry(suite, group)
	}
	return flight(v, suite, group)
}

// first is the first of one list that is in the other.
func first(servers, clients []uint16, followed bool) uint16 {
	a, b := servers, clients
	if followed {
		a, b = b, a
	}
	if at := slices.IndexFunc(a, func(v uint16) bool { return slices.Contains(b, v) }); at >= 0 {
		return a[at]
	}
	return 0
}

func onCurve(s uint16) bool {
	p, _ := iana.CipherSuite(s).Params()
	return p.KeyExchange == iana.KeyExchangeECDHE
}

func byECDSA(s uint16) bool {
	p, _ := iana.CipherSuite(s).Params()
	return p.Authentication == iana.AuthenticationECDSA
}

func put16(list ...uint16) (b []byte) {
	for _, v := range list {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

// handshakeRecord frames a handshake message, in a record of its own.
func handshakeRecord(kind byte, body []byte) []byte {
	m := append([]byte{kind, 0}, append(put16(uint16(len(body))), body...)...)
	return append([]byte{22, 3, 3}, append(put16(uint16(len(m))), m...)...)
}

// retry is a HelloRetryRequest. RFC 8446, Sections 4.1.3 and 4.2.8.
func retry(suite, group uint16) []byte {
	random, _ := hex.DecodeString("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
	body := slices.Concat(put16(0x0303), random, []byte{0}, put16(suite), []byte{0},
		put16(12, 43, 2, 0x0304, 51, 2, group))
	return handshakeRecord(2, body)
}

// flight is a ServerHello, and parameters for suites that have any. RFC 5246, Section 7.4; RFC 8422, Section 5.4.
func flight(v, suite, group uint16) []byte {
	b := handshakeRecord(2, slices.Concat(put16(v), make([]byte, 32), []byte{0}, put16(suite), []byte{0}))
	if onCurve(suite) {
		parameters := slices.Concat([]byte{3}, put16(group), []byte{4, 4, 0, 0, 0})
		if p, _ := iana.CipherSuite(suite).Params(); p.Authentication != iana.AuthenticationAnon {
			b = append(b, handshakeRecord(11, []byte{0, 0, 5, 0, 0, 2, 0x30, 0})...) // a certificate that says nothing
			parameters = append(parameters, put16(0x0401, 2, 0)...)
		}
		b = append(b, handshakeRecord(12, parameters)...)
	}
	return append(b, handshakeRecord(14, nil)...)
}

// enumerated is what is found out about a model, without what may differ, and by how many connections.
func enumerated(t *testing.T, m *model, perHost int) (text string, connections int) {
	t.Helper()
	target, err := dial.ParseTarget("192.0.2.1:443")
	if err != nil {
		t.Fatal(err)
	}
	var d *Document
	synctest.Test(t, func(t *testing.T) { // in which pauses take no time
		d, err = Enumerate(t.Context(), Options{
			Target: target, SNI: "example.test", PerHost: perHost, Timeout: 10 * time.Second, Basics: true,
			Dialer: dial.Dialer{DialContext: m.dial}, Rand: zeros{}, Now: func() time.Time { return time.Unix(0, 0) },
		})
		time.Sleep(time.Second) // until the servers are gone
	})
	if err != nil {
		t.Fatal(err)
	}
	connections, d.Cost = d.Cost.Connections, Cost{}
	raw, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`"connection": \d+`).ReplaceAllString(string(raw), `"connection": 0`), connections
}

// zeros is no randomness, which nothing of this needs.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// randomModel has some of the registry, in a usual order, one near it, or none.
func randomModel(r *rand.Rand) *model {
	m := &model{
		clientsSuites: r.IntN(4) == 0, clientsGroups: r.IntN(4) == 0, chachaForThoseWhoLeadWithIt: r.IntN(3) == 0,
	}
	for _, v := range versions[:4] {
		if r.IntN(2) == 0 {
			m.versions = append(m.versions, uint16(v))
		}
	}
	var all, groups []uint16
	for _, s := range usualSuites[r.IntN(len(usualSuites))].list {
		all = append(all, uint16(s))
	}
	if r.IntN(3) == 0 {
		all = nil
		for _, s := range suitesOf(iana.TLS12) {
			all = append(all, uint16(s))
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	keep := 1 + r.IntN(4)
	all = slices.DeleteFunc(all, func(uint16) bool { return r.IntN(4) >= keep })
	m.suites = append(all[:min(len(all), 60)], 0x1302, 0x1303, 0x1301)
	if r.IntN(3) == 0 {
		r.Shuffle(len(m.suites), func(i, j int) { m.suites[i], m.suites[j] = m.suites[j], m.suites[i] })
	}
	for _, g := range usualGroups[r.IntN(len(usualGroups))].list {
		groups = append(groups, uint16(g))
	}
	if r.IntN(3) == 0 {
		r.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	}
	m.groups = groups[:1+r.IntN(len(groups))]
	return m
}

func TestDocumentsAreTheSameHoweverManyAreAskedAtOnce(t *testing.T) {
	most := 0
	for seed := range uint64(60) {
		m := randomModel(rand.New(rand.NewPCG(seed, 1)))
		want, one := enumerated(t, m, 1)
		for _, perHost := range []int{2, 8} {
			got, many := enumerated(t, m, perHost)
			if got != want {
				t.Fatalf("seed %d, %d at once: %+v\n%s", seed, perHost, m, difference(want, got))
			}
			most = max(most, many-one)
		}
	}
	t.Logf("at most %d connections more", most)
}

// difference is the first lines in which two texts differ.
func difference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			from := max(0, i-300)
			return a[from:min(len(a), i+100)] + "\n--- and ---\n" + b[from:min(len(b), i+100)]
		}
	}
	return ""
}

func TestACertificateThatIsChosenBeforeTheSuiteHidesNoSuites(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		m := randomModel(r)
		m.versions, m.ecdsaIfTheClientHasAnySuiteOfIt = []uint16{0x0304, 0x0303}, true
		m.suites = append(m.suites, 0xc02b) // or it would refuse whoever has a suite of ECDSA
		m.groups = append(m.groups, 0x001d)
		want, _ := enumerated(t, m, 1)
		for _, perHost := range []int{2, 8} {
			if got, _ := enumerated(t, m, perHost); got != want {
				t.Fatalf("seed %d, %d at once: %s", seed, perHost, difference(got, want))
			}
		}
		var d Document
		if err := json.Unmarshal([]byte(want), &d); err != nil {
			t.Fatal(err)
		}
		got, has := map[uint16]bool{}, map[uint16]bool{}
		for _, s := range d.Protocols[1].Suites {
			got[uint16(s.Suite.Value)] = true
		}
		for _, s := range m.suites {
			if p, _ := iana.CipherSuite(s).Params(); p.MinVersion <= iana.TLS12 {
				has[s] = true
			}
		}
		if !maps.Equal(got, has) || len(has) > 0 && d.Protocols[1].Complete.Status != Yes {
			t.Errorf("seed %d: found %d suites of %d: %+v", seed, len(got), len(has), d.Protocols[1].Complete)
		}
		if p := d.Protocols[1].Preference; (p == PreferClient) != m.clientsSuites {
			t.Errorf("seed %d: the order is that of the %s, and should be the client's: %t", seed, p, m.clientsSuites)
		}
	}
}
