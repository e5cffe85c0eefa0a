package handshake

import (
	"fmt"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// onServerHello handles the server's choice, or its wish to try again. RFC 8446, Section 4.1.3.
func (e *Engine) onServerHello(m message.Message) state {
	h := m.(*message.ServerHello)
	first := e.session
	e.session.Version, e.session.Suite, e.session.ServerRandom = h.Version(), h.CipherSuite, h.Random
	if !e.checkVersion(h) || !e.checkSuite(h) {
		return failed
	}
	e.checkHello(h)
	e.checkAnswered(h.Extensions, m.Name(), e.placeOf(h))
	if e.failing != nil {
		return failed
	}
	e.ctx.Version = e.session.Version
	e.ctx.KeyExchange, e.ctx.Authentication = e.session.Params.KeyExchange, e.session.Params.Authentication
	e.ctx.SuiteKnown = true
	e.do(&SetVersion{e.session.Version})
	if h.IsRetry() {
		return e.onRetry(h)
	}
	if e.session.Retried {
		e.checkAgainstRetry(&first)
	}
	if e.failing != nil {
		return failed
	}
	if e.session.Version >= iana.TLS13 {
		return e.onServerHello13(h)
	}
	return e.onServerHello12(h)
}

// placeOf tells where the extensions of a hello stand, in the words of the registry.
func (e *Engine) placeOf(h *message.ServerHello) iana.ExtensionMessages {
	if h.IsRetry() {
		return iana.InHelloRetryRequest
	}
	return iana.InServerHello
}

// checkVersion decides whether there is any going on with the version.
func (e *Engine) checkVersion(h *message.ServerHello) bool {
	v := e.session.Version
	path := h.Name() + ".legacy_version"
	if sv, ok := message.Get[*message.SelectedVersion](h.Extensions); ok {
		path = h.Name() + ".extensions.supported_versions.selected_version"
		if sv.Version < iana.TLS13 {
			e.breaks(finding.SelectedVersionOld, path, "TLS 1.3 or newer", sv.Version.String())
		}
		if h.LegacyVersion != iana.TLS12 {
			e.breaks(finding.LegacyVersion, h.Name()+".legacy_version", "TLS 1.2", h.LegacyVersion.String())
		}
	}
	o := &e.cfg.Offer
	_, selected := message.Get[*message.SelectedVersion](h.Extensions)
	switch {
	case !selected && h.IsRetry():
		e.stop(finding.RetryNoVersion, h.Name()+".extensions", "supported_versions", "none")
	case !selected && v >= iana.TLS13: // only the extension can choose it. RFC 8446, Section 4.2.1
		e.stop(finding.VersionNotOffered, path, "TLS 1.2 or older", v.String())
	case v > iana.TLS13:
		e.stop(finding.SelectedVersionNotOffered, path, fmt.Sprintf("%s to %s", o.Min, o.Max), v.String())
	case (v < o.Min || v > o.Max) && selected:
		e.breaks(finding.SelectedVersionNotOffered, path, fmt.Sprintf("%s to %s", o.Min, o.Max), v.String())
	case v < o.Min || v > o.Max:
		e.breaks(finding.VersionNotOffered, path, fmt.Sprintf("%s to %s", o.Min, o.Max), v.String())
	}
	if e.earlyCCS && v < iana.TLS13 {
		e.breaks(finding.CCSUnexpected, h.Name(), "ServerHello", "a change_cipher_spec before it")
	}
	if e.failing == nil && (v < iana.SSL30 || v > iana.TLS13) {
		e.failing = incompatible(iana.AlertProtocolVersion, "the server chose version %s, which this engine does not speak", v)
	}
	return e.failing == nil
}

// checkSuite decides whether there is any going on with the suite.
func (e *Engine) checkSuite(h *message.ServerHello) bool {
	s := h.CipherSuite
	path := h.Name() + ".cipher_suite"
	if !slices.Contains(e.hello.CipherSuites, s) {
		e.breaks(finding.SuiteNotOffered, path, "one of those offered", s.String())
	}
	p, ok := s.Params()
	if !ok && e.failing == nil {
		e.failing = incompatible(iana.AlertIllegalParameter, "the server chose the cipher suite %s, which nobody knows", s)
		return false
	}
	e.session.Params = p
	if v := e.session.Version; e.failing == nil && (v < p.MinVersion || v > p.MaxVersion) {
		if v >= iana.TLS13 || p.MinVersion >= iana.TLS13 {
			e.stop(finding.SuiteVersion, path, "a suite of "+v.String(), s.String()) // there are no keys to be had for it
		} else {
			e.breaks(finding.SuiteVersion, path, "a suite of "+v.String(), s.String())
		}
	}
	return e.failing == nil
}

// checkHello checks the rules that every hello has.
func (e *Engine) checkHello(h *message.ServerHello) {
	if h.Compression != 0 {
		e.stop(finding.Compression, h.Name()+".legacy_compression_method", "null", h.Compression.String())
		return
	}
	if e.session.Version >= iana.TLS13 {
		if string(h.SessionIDEcho) != string(e.hello.SessionID) {
			e.breaks(finding.SessionIDEcho, h.Name()+".legacy_session_id_echo",
				fmt.Sprintf("%x", e.hello.SessionID), fmt.Sprintf("%x", h.SessionIDEcho))
		}
		return
	}
	if len(h.SessionIDEcho) > 0 && string(h.SessionIDEcho) == string(e.hello.SessionID) {
		if e.watching != nil || e.resuming.offers12() { // whose id it is, and what it stands for, a bystander can't know
			e.session.Resumed = true
			return
		}
		// The id was random: there is no session to resume. RFC 8446, Appendix D.4.
		e.stop(finding.SessionIDEcho, h.Name()+".legacy_session_id_echo", "an id of the server's own", "ours, as if a session were resumed")
	}
}

// checkAnswered holds a server's extensions against what was sent. RFC 8446, Section 4.2.
func (e *Engine) checkAnswered(x message.Extensions, name string, in iana.ExtensionMessages) {
	first := e.checkRepeated(x, name)
	for i := range x {
		t := x[i].Type
		if first[t] != i {
			continue
		}
		path := name + ".extensions." + message.ExtensionStep(t)
		if !e.asked(t, in) {
			e.breaks(finding.ExtensionUnsolicited, path, "only what was offered", t.String())
			continue
		}
		allowed := t.Messages()
		if e.session.Version < iana.TLS13 {
			allowed = t.MessagesBefore13()
		}
		if t.Registered() && allowed != 0 && !allowed.Has(in) {
			e.breaks(finding.ExtensionMisplaced, path, "another message", "here")
		}
	}
}

// checkRepeated looks for extensions that stand twice in a message (RFC 8446, Section 4.2), and returns
// where each stands first.
func (e *Engine) checkRepeated(x message.Extensions, name string) map[iana.ExtensionType]int {
	if len(x) == 0 {
		return nil
	}
	seen := make(map[iana.ExtensionType]int, len(x))
	first := make(map[iana.ExtensionType]int, len(x))
	for i := range x {
		t := x[i].Type
		if seen[t]++; seen[t] == 1 {
			first[t] = i
		} else {
			e.breaks(finding.ExtensionDuplicate, fmt.Sprintf("%s.extensions.%s#%d", name, message.ExtensionStep(t), seen[t]), "once", "again")
		}
	}
	return first
}

// asked reports whether the hello holds an extension that an answer may have.
func (e *Engine) asked(t iana.ExtensionType, in iana.ExtensionMessages) bool {
	switch {
	case in == iana.InHelloRetryRequest && t == iana.ExtCookie:
		return true // RFC 8446, Section 4.2: the one extension that is not asked for
	case t == iana.ExtRenegotiationInfo && slices.Contains(e.hello.CipherSuites, iana.TLS_EMPTY_RENEGOTIATION_INFO_SCSV):
		return true // RFC 5746, Section 3.3
	}
	return e.hello.Extensions.Find(t) != nil
}

// onRetry answers a HelloRetryRequest with a second hello. RFC 8446, Section 4.1.4.
func (e *Engine) onRetry(h *message.ServerHello) state {
	if e.session.Retried {
		e.stop(finding.RetrySecond, h.Name(), "ServerHello", "HelloRetryRequest")
		return failed
	}
	if !e.cfg.Offer.offers13() {
		e.stop(finding.UnexpectedMessage, h.Name(), "ServerHello", "HelloRetryRequest")
		return failed
	}
	e.session.Retried = true
	if !e.beginSchedule() {
		return failed
	}
	group, wanted := message.Get[*message.SelectedGroup](h.Extensions)
	cookie, hasCookie := message.Get[*message.Cookie](h.Extensions)
	if !wanted && !hasCookie {
		e.stop(finding.RetryNoChange, h.Name()+".extensions", "a group or a cookie", "neither")
		return failed
	}
	if wanted && !e.checkRetryGroup(group.Group) {
		return failed
	}
	if err := e.replaceHello(h); err != nil {
		e.failing = local(err)
		return failed
	}
	if e.watching != nil {
		return expectServerHello
	}
	if e.session.Retried && len(e.hello.SessionID) > 0 {
		e.sendCompatibilityCCS()
	}
	e.then(func() { e.proposeSecondHello(group, cookie) })
	return expectServerHello
}

// replaceHello puts the hash of the first hello in its place; the retry, which was added already,
// follows it. RFC 8446, Section 4.4.1.
func (e *Engine) replaceHello(h *message.ServerHello) error {
	all := e.transcript.Bytes()
	retry := slices.Clone(all[e.tls13.helloLen:])
	hello := slices.Clone(all[:e.tls13.helloLen])
	return e.restartTranscript(hello, retry)
}

func (e *Engine) checkRetryGroup(g iana.Group) bool {
	path := "hello_retry_request.extensions.key_share.selected_group"
	e.session.Group = g
	if sg, ok := message.Get[*message.SupportedGroups](e.hello.Extensions); !ok || !slices.Contains(sg.Groups, g) {
		e.breaks(finding.RetryGroupNotOffered, path, "a group that was offered", g.String())
	}
	if e.shareFor(g) != nil {
		e.breaks(finding.RetryGroupShared, path, "a group without a share", g.String())
	}
	return e.failing == nil
}

func (e *Engine) proposeSecondHello(group *message.SelectedGroup, cookie *message.Cookie) {
	second := *e.hello
	second.Extensions = slices.Clone(e.hello.Extensions)
	if group != nil {
		if err := e.makeShares([]iana.Group{group.Group}); err != nil {
			e.fail(incompatible(iana.AlertIllegalParameter, "the server asks for the group %s, which this engine does not have", group.Group))
			return
		}
		if x := second.Extensions.Find(iana.ExtKeyShare); x != nil {
			x.Body = e.keyShares()
		}
	}
	if cookie != nil {
		second.Extensions = append(second.Extensions, message.Extension{Type: iana.ExtCookie, Body: cookie})
	}
	second.Extensions = e.offerAgain(second.Extensions)
	e.proposeHello(&second)
}

// checkAgainstRetry holds a ServerHello against the HelloRetryRequest before it.
func (e *Engine) checkAgainstRetry(retry *Session) {
	if e.session.Version != retry.Version {
		e.stop(finding.RetryVersionChanged, "server_hello", retry.Version.String(), e.session.Version.String())
		return
	}
	if e.session.Suite != retry.Suite {
		e.breaks(finding.RetrySuiteChanged, "server_hello.cipher_suite", retry.Suite.String(), e.session.Suite.String())
	}
}

func (e *Engine) shareFor(g iana.Group) *share {
	for i := range e.shares {
		if e.shares[i].group == g {
			return &e.shares[i]
		}
	}
	return nil
}
