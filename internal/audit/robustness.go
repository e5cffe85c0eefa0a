package audit

import (
	"context"
	"slices"

	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// trial is a hello that is unusual, and allowed but for those of breaksRules, so that a server must bear it.
type trial struct {
	id     string
	what   string
	how    string
	ref    string
	old    bool // only versions before TLS 1.3 have the case
	change func(ask) ask
}

// Sizes of large hellos, in bytes: more than an Ethernet segment holds, and more than a record.
const (
	overSegment = 2000
	overRecord  = 17000
)

var robustness = [...]trial{
	{
		"robust.grease", "bears values that nobody has defined", "suites, groups, schemes, versions and an extension of GREASE among the others",
		"RFC 8701, Section 3.1", false, func(a ask) ask { return a.with(grease) },
	},
	{
		"robust.unknown_version", "bears versions of the future", "supported_versions that begins with 0x0305",
		"RFC 8446, Section 4.2.1", false, func(a ask) ask { return a.with(futureVersion) },
	},
	{
		"robust.legacy_version", "answers a client of a newer version with its own", "client_version 0x0304, without supported_versions",
		"RFC 5246, Appendix E.1", true, func(a ask) ask {
			return a.with(func(h *message.ClientHello) { h.LegacyVersion = iana.TLS13 })
		},
	},
	{
		"robust.large_segment", "bears a hello of more than one segment", "padding to 2000 bytes",
		"RFC 7685, Section 3", false, func(a ask) ask { return a.with(padTo(overSegment)) },
	},
	{
		"robust.large_record", "bears a hello of more than one record", "padding to 17000 bytes",
		"RFC 8446, Section 5.1", false, func(a ask) ask { return a.with(padTo(overRecord)) },
	},
	{
		"robust.split_records", "bears a hello in several records", "records of 64 bytes",
		"RFC 8446, Section 5.1", false, func(a ask) ask { a.fragment = 64; return a },
	},
	{
		"robust.split_segments", "bears a hello in several segments", "24 bytes, and the rest 20 ms later",
		"RFC 9293, Section 3.1", false, func(a ask) ask { a.segments = true; return a },
	},
	{
		"robust.extension_order", "bears extensions in any order", "the extensions backwards",
		"RFC 8446, Section 4.2", false, func(a ask) ask {
			return a.with(func(h *message.ClientHello) { slices.Reverse(h.Extensions) })
		},
	},
	{
		"robust.session_id", "bears a session that it does not know", "a random session_id of 32 bytes",
		"RFC 5246, Section 7.4.1.2", true, func(a ask) ask {
			return a.with(func(h *message.ClientHello) { h.SessionID = slices.Clone(h.Random[:]) })
		},
	},
	{
		"robust.empty_server_name", "bears a name without letters", "server_name with a name of no bytes, which no client may send",
		"RFC 6066, Section 3", false, func(a ask) ask { return a.with(emptyName) },
	},
}

// breaksRules are the trials that no client may make: to refuse them is right.
var breaksRules = [...]string{"robust.empty_server_name"}

// askRobustness asks what is known to be accepted in an unusual way.
func (e *enumeration) askRobustness(ctx context.Context, t *trial) Answer {
	v := e.newest()
	if t.old {
		if v = e.newestOld(); v < iana.TLS10 {
			return skipped("it has no version before TLS 1.3 that the case is about")
		}
	}
	if v < iana.TLS10 {
		return skipped("SSL 3.0 has no extensions")
	}
	got := e.server.ask(ctx, t.change(e.plain(v)))
	if got.outcome == accepted {
		return yesAt(got.connection)
	}
	return noFrom(&got)
}

// greaseValue is one of the values that are reserved so that clients can send them. RFC 8701, Section 2.
const greaseValue = 0x2a2a

func grease(h *message.ClientHello) {
	h.CipherSuites = slices.Insert(slices.Clone(h.CipherSuites), 0, iana.CipherSuite(greaseValue))
	for i := range h.Extensions {
		switch b := h.Extensions[i].Body.(type) {
		case *message.SupportedGroups:
			h.Extensions[i].Body = &message.SupportedGroups{Groups: slices.Insert(slices.Clone(b.Groups), 0, iana.Group(greaseValue))}
		case *message.SupportedVersions:
			h.Extensions[i].Body = &message.SupportedVersions{Versions: slices.Insert(slices.Clone(b.Versions), 0, iana.Version(greaseValue))}
		case *message.SignatureAlgorithms:
			h.Extensions[i].Body = &message.SignatureAlgorithms{Schemes: slices.Insert(slices.Clone(b.Schemes), 0, iana.SignatureScheme(greaseValue))}
		}
	}
	h.Extensions = slices.Insert(slices.Clone(h.Extensions), 0, message.Extension{Type: iana.ExtensionType(greaseValue)})
}

// futureVersion offers a version that there is not, before the others; also where TLS 1.3 is not offered.
func futureVersion(h *message.ClientHello) {
	const future iana.Version = 0x0305
	list := []iana.Version{future, h.LegacyVersion}
	if sv, ok := message.Get[*message.SupportedVersions](h.Extensions); ok {
		list = slices.Insert(slices.Clone(sv.Versions), 0, future)
	}
	extend(iana.ExtSupportedVersions, &message.SupportedVersions{Versions: list})(h)
}

// emptyName names the server by no bytes at all, where a name has at least one: a list of three bytes, host_name, length 0.
func emptyName(h *message.ClientHello) {
	x := message.Extension{Type: iana.ExtServerName, Raw: []byte{0, 3, 0, 0, 0}}
	if at := h.Extensions.Find(iana.ExtServerName); at != nil {
		*at = x
		return
	}
	h.Extensions = append(h.Extensions, x)
}

// padTo makes a hello so long, header included.
func padTo(size int) edit {
	return func(h *message.ClientHello) {
		raw, _ := message.Encode(h, &message.Context{Sender: message.Client})
		const header = 4 // of the extension
		if n := size - len(raw) - header; n > 0 {
			extend(iana.ExtPadding, &message.Padding{Zeros: make([]byte, n)})(h)
		}
	}
}
