package audit

import (
	"slices"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/iana"
)

// question is a row of the table of all that is asked. One that can't be asked yet says why.
type question struct {
	id     string
	what   string
	how    string
	cannot string
	answer func(*enumeration) (Answer, []string)
}

// versionIDs name the versions in ids, as the versions stand in their list.
var versionIDs = [...]string{"tls1.3", "tls1.2", "tls1.1", "tls1.0", "ssl3.0"}

// questions is every question that there is, in the order of the document.
func questions() []question {
	list := []question{{
		id: "protocol.ssl2.0", what: "speaks SSL 2.0", how: "a CLIENT-HELLO of SSL 2.0",
		answer: func(e *enumeration) (Answer, []string) { return e.ssl2, nil },
	}}
	for i, id := range slices.Backward(versionIDs[:]) {
		list = append(list, versionQuestions(i, id)...)
	}
	list = append(list, groupQuestions()...)
	list = append(list, featureQuestions[:]...)
	for i := range robustness {
		t := &robustness[i]
		list = append(list, question{id: t.id, what: t.what, how: t.how, answer: func(e *enumeration) (Answer, []string) {
			return e.features.robust[i], nil
		}})
	}
	return append(list, notYet[:]...)
}

// versionQuestions are those about one version.
func versionQuestions(i int, id string) []question {
	how := "all suites of the registry, then without what was chosen, until it refuses; ServerHello is enough"
	if versions[i] >= iana.TLS13 {
		how = "the same without a key share, so that HelloRetryRequest is enough"
	}
	return []question{
		{id: "protocol." + id, what: "speaks " + versions[i].String(), how: "the first connection of its suites",
			answer: func(e *enumeration) (Answer, []string) { return e.versions[i].support, nil }},
		{id: "suites." + id, what: "suites of " + versions[i].String(), how: how,
			answer: func(e *enumeration) (Answer, []string) {
				return e.versions[i].listed, names(values(e.versions[i].suites))
			}},
		{id: "suites." + id + ".order", what: "whose order counts", how: "the found suites backwards",
			answer: func(e *enumeration) (Answer, []string) {
				return e.versions[i].order, []string{string(e.versions[i].prefers)}
			}},
		{id: "suites." + id + ".chacha", what: "ChaCha20 comes first for clients that lead with it", how: "the found suites, ChaCha20 first",
			answer: func(e *enumeration) (Answer, []string) { return e.versions[i].chacha, nil }},
	}
}

// groupQuestions are those about key agreement.
func groupQuestions() []question {
	return []question{
		{id: "groups.tls1.3", what: "groups of TLS 1.3", how: "all groups without a share, then without what was asked for, until it refuses",
			answer: func(e *enumeration) (Answer, []string) { return groupAnswer(e.facts(iana.TLS13)) }},
		{id: "groups.tls1.3.order", what: "whose order counts", how: "the found groups backwards",
			answer: func(e *enumeration) (Answer, []string) { return groupOrder(e.facts(iana.TLS13)) }},
		{id: "groups.tls1.2", what: "groups before TLS 1.3", how: "the same with suites of ECDHE, up to ServerKeyExchange",
			answer: func(e *enumeration) (Answer, []string) { return groupAnswer(e.features.groups) }},
		{id: "groups.tls1.2.order", what: "whose order counts", how: "the found groups backwards",
			answer: func(e *enumeration) (Answer, []string) { return groupOrder(e.features.groups) }},
		{id: "dh.parameters", what: "what DHE before TLS 1.3 agrees over", how: "suites of DHE alone, up to ServerKeyExchange, with and without groups",
			answer: func(e *enumeration) (Answer, []string) { return e.features.dhAnswer, nil }},
		{id: "key_exchange.reuse", what: "uses ephemeral keys again", how: "the public values of all connections",
			answer: (*enumeration).reuse},
		{id: "post_quantum", what: "has a group that withstands quantum computers, and picks it", how: "the first such group in four offers, the others in two, with and without shares",
			answer: (*enumeration).postQuantum},
	}
}

func groupAnswer(f *versionFacts) (Answer, []string) {
	switch {
	case f == nil:
		return skipped("no version has groups"), nil
	case f.support.Status == No:
		return skipped("it does not have the version"), nil
	}
	return f.groupsListed, names(values(f.groups))
}

func groupOrder(f *versionFacts) (Answer, []string) {
	switch {
	case f == nil:
		return skipped("no version has groups"), nil
	case f.groupsOrder.Status == "":
		return skipped("there is nothing to choose from"), nil
	}
	return f.groupsOrder, []string{string(f.groupsPrefer)}
}

// featureQuestions are answered by what other connections bring along, or by one of their own.
var featureQuestions = [...]question{
	{id: "certificates", what: "certificates for each kind of key", how: "schemes and suites of one kind alone, up to the server's proof",
		answer: (*enumeration).certificateAnswer},
	{id: "certificates.without_name", what: "has a certificate for who names none", how: "without server_name",
		answer: func(e *enumeration) (Answer, []string) { return e.features.unnamed, nil }},
	{id: "server_name.other", what: "serves a name that it does not know", how: "tlsprobe.invalid as the name",
		answer: (*enumeration).otherNameAnswer},
	{id: "signatures", what: "schemes that each key signs with", how: "the schemes of a kind, then without what was chosen",
		answer: (*enumeration).signatureAnswer},
	{id: "extension.extended_master_secret", what: "binds the master secret to the handshake", how: "offered with each suite before TLS 1.3",
		answer: helloExtension(iana.ExtExtendedMasterSecret, iana.TLS10)},
	{id: "extension.encrypt_then_mac", what: "encrypts before it authenticates", how: "offered with each suite before TLS 1.3",
		answer: (*enumeration).encryptThenMAC},
	{id: "extension.renegotiation_info", what: "binds renegotiations to their connection", how: "offered with each suite before TLS 1.3",
		answer: helloExtension(iana.ExtRenegotiationInfo, iana.SSL30)},
	{id: "extension.session_ticket", what: "gives tickets before TLS 1.3", how: "offered with each suite before TLS 1.3",
		answer: helloExtension(iana.ExtSessionTicket, iana.TLS10)},
	{id: "extension.alpn", what: "application protocols", how: "those of the registry, then without what was chosen",
		answer: (*enumeration).alpnAnswer},
	{id: "extension.status_request", what: "staples OCSP responses", how: "asked for with each certificate",
		answer: flightAnswer(func(a *answer) bool { return len(a.staples()) > 0 })},
	{id: "extension.sct", what: "sends certificate timestamps in the handshake", how: "asked for with each certificate",
		answer: flightAnswer(func(a *answer) bool { return len(a.scts()) > 0 })},
	{id: "extension.record_size_limit", what: "limits records", how: "one hello with rarely used extensions",
		answer: rareExtension(iana.ExtRecordSizeLimit)},
	{id: "extension.max_fragment_length", what: "makes records as short as a client asks", how: "a hello of its own",
		answer: func(e *enumeration) (Answer, []string) {
			return extensionAnswer(&e.features.maxLength, iana.ExtMaxFragmentLength), nil
		}},
	{id: "extension.heartbeat", what: "answers heartbeats", how: "one hello with rarely used extensions",
		answer: rareExtension(iana.ExtHeartbeat)},
	{id: "extension.compress_certificate", what: "compresses certificates", how: "the algorithms of the registry, then without what was chosen, up to CompressedCertificate",
		answer: (*enumeration).compressionAnswer},
	{id: "extension.encrypted_client_hello", what: "has keys for encrypted hellos", how: "a decoy of one (GREASE), up to EncryptedExtensions",
		answer: (*enumeration).encryptedHelloAnswer},
	{id: "compression", what: "compresses what it sends", how: "DEFLATE offered before TLS 1.3", answer: (*enumeration).compression},
	{id: "client_certificate", what: "asks for a client certificate", how: "seen with each certificate",
		answer: flightAnswer(func(a *answer) bool { return a.request })},
	{id: "handshake", what: "completes an ordinary handshake", how: "as connect makes it", answer: (*enumeration).handshakeAnswer},
	{id: "post_handshake", what: "says something after the handshake", how: "that handshake, until the server closes",
		answer: (*enumeration).postHandshake},
	{id: "resumption.offered", what: "gives something to resume by", how: "tickets of that handshake, session ids and session_ticket in hellos",
		answer: (*enumeration).resumptionOffered},
	{id: "resumption", what: "resumes sessions, and by what", how: "the session of that handshake again; before TLS 1.3 others, by ticket and by id",
		answer: (*enumeration).resumptionAnswer},
	{id: "resumption.addresses", what: "resumes what began at another address", how: "a session of another address of the name, where several are looked at",
		answer: func(e *enumeration) (Answer, []string) { return e.features.across, nil }},
	{id: "early_data.offered", what: "allows early data", how: "the tickets of that handshake",
		answer: (*enumeration).earlyDataOffered},
	{id: "http.hsts", what: "asks browsers to stay with TLS", how: "a GET over that handshake, where HTTP is spoken",
		answer: httpAnswer((*enumeration).hsts)},
	{id: "http.redirect", what: "sends clients elsewhere", how: "the same GET",
		answer: httpAnswer((*enumeration).redirect)},
	{id: "robust.fallback_scsv", what: "refuses a fallback that it did not cause", how: "a version below the best with TLS_FALLBACK_SCSV",
		answer: func(e *enumeration) (Answer, []string) { return e.features.fallback, nil }},
	{id: "robust.downgrade_sentinel", what: "marks what is below its best version", how: "the random of each ServerHello below",
		answer: (*enumeration).sentinel},
}

// notYet are the questions that the engine has to learn first.
var notYet = [...]question{
	{id: "early_data", what: "takes early data", how: "a resumed handshake", cannot: "the engine sends no early data yet"},
	{id: "renegotiation.client", what: "lets the client renegotiate", how: "a second handshake inside the first", cannot: "the engine can't renegotiate yet"},
}

// helloExtension looks for an answer in the hellos of the newest version before TLS 1.3, where that is at
// least what the extension needs.
func helloExtension(t iana.ExtensionType, from iana.Version) func(*enumeration) (Answer, []string) {
	return func(e *enumeration) (Answer, []string) {
		v := e.newestOld()
		if v == 0 || v < from {
			return skipped("it has no version before TLS 1.3 that has the extension"), nil
		}
		first := &e.facts(v).suites[0]
		if first.answer.find(t) != nil {
			return yesAt(first.connection), nil
		}
		return Answer{Status: No, Connection: first.connection}, nil
	}
}

// encryptThenMAC looks at the suites that can have it.
func (e *enumeration) encryptThenMAC() (Answer, []string) {
	v := e.newestOld()
	if v < iana.TLS10 {
		return skipped("it has no version before TLS 1.3 that has the extension"), nil
	}
	seen := 0
	for _, c := range e.facts(v).suites {
		p, _ := c.value.Params()
		if !p.Cipher.IsCBC() {
			continue
		}
		if seen = c.connection; c.answer.find(iana.ExtEncryptThenMAC) != nil {
			return yesAt(c.connection), nil
		}
	}
	if open := e.openSuites(); seen == 0 && open != nil {
		return *open, nil
	}
	if seen == 0 {
		return skipped("it has no suite with CBC"), nil
	}
	return Answer{Status: No, Connection: seen}, nil
}

func extensionAnswer(a *answer, t iana.ExtensionType) Answer {
	switch {
	case a.outcome != accepted:
		return noFrom(a)
	case a.find(t) != nil:
		return yesAt(a.connection)
	}
	return Answer{Status: No, Connection: a.connection}
}

func rareExtension(t iana.ExtensionType) func(*enumeration) (Answer, []string) {
	return func(e *enumeration) (Answer, []string) { return extensionAnswer(&e.features.hello, t), nil }
}

func (e *enumeration) compression() (Answer, []string) {
	a := &e.features.hello
	switch {
	case e.newestOld() < iana.TLS10:
		return skipped("TLS 1.3 has none"), nil
	case a.outcome != accepted:
		return noFrom(a), nil
	case a.hello.Compression != 0:
		return yesAt(a.connection), []string{a.hello.Compression.String()}
	}
	return Answer{Status: No, Connection: a.connection}, nil
}

// flightAnswer looks for something in the flights that brought certificates: yes where one has it.
func flightAnswer(has func(*answer) bool) func(*enumeration) (Answer, []string) {
	return func(e *enumeration) (Answer, []string) {
		got := unknownOf("no certificate came")
		for i := range e.features.chains {
			a := &e.features.chains[i].answer
			if has(a) {
				return yesAt(a.connection), nil
			}
			got = Answer{Status: No, Connection: a.connection}
		}
		if got.Status == Unknown && e.onlyAnonymous() {
			got = skipped("it has no suite with a certificate")
		}
		return got, nil
	}
}

// onlyAnonymous tells a server that proves nothing.
func (e *enumeration) onlyAnonymous() bool {
	for _, f := range e.versions {
		for _, c := range f.suites {
			switch p, _ := c.value.Params(); p.Authentication {
			case iana.AuthenticationAny, iana.AuthenticationRSA, iana.AuthenticationECDSA, iana.AuthenticationDSS:
				return false
			}
		}
	}
	return true
}

func (e *enumeration) certificateAnswer() (Answer, []string) {
	missing := e.chainsMissing()
	if len(e.features.chains) == 0 {
		a, _ := flightAnswer(func(*answer) bool { return false })(e)
		if a.Status == Unknown && missing != "" {
			a.Reason = missing
		}
		return a, nil
	}
	var list []string
	for i := range e.features.chains {
		list = append(list, e.features.chains[i].asked)
	}
	a := yesAt(e.features.chains[0].answer.connection)
	if a.byClosing = e.features.chainsClosed; missing != "" {
		a.Status, a.Reason = Unknown, missing
	}
	return a, list
}

func (e *enumeration) signatureAnswer() (Answer, []string) {
	var list []string
	for i := range e.features.schemes {
		l := &e.features.schemes[i]
		if l.Complete.Status == Unknown {
			return l.Complete, nil
		}
		list = append(list, l.Version.Name+" "+l.Key)
	}
	switch missing := strings.Join(e.features.chainsOpen, "; "); {
	case missing != "":
		return unknownOf(missing), list
	case len(list) == 0:
		return skipped("nothing that it signs names a scheme"), nil
	}
	a := e.features.schemes[0].Complete
	a.byClosing = a.byClosing || e.features.chainsClosed
	return a, list
}

func (e *enumeration) alpnAnswer() (Answer, []string) {
	a := e.features.alpnListed
	list := values(e.features.alpn)
	if len(list) == 0 && a.Status == Yes {
		a.Status = No
	}
	return a, list
}

// sentinel looks for the marks of RFC 8446, Section 4.1.3, in the hellos below the best version.
func (e *enumeration) sentinel() (Answer, []string) {
	best := e.newest()
	if best < iana.TLS12 {
		return skipped("only TLS 1.2 and newer mark what is below"), nil
	}
	got := skipped("it has no version below its best")
	for i, v := range versions {
		f := e.versions[i]
		if v >= best || v < iana.TLS10 || len(f.suites) == 0 {
			continue
		}
		first := &f.suites[0]
		if _, marked := first.answer.hello.Random.Downgrade(); !marked {
			return Answer{Status: No, Reason: "in " + v.String(), Connection: first.connection}, nil
		}
		if got.Status != Yes {
			got = yesAt(first.connection)
		}
	}
	return got, nil
}

// reuse looks for public values that came more than once.
func (e *enumeration) reuse() (Answer, []string) {
	s := e.server
	s.mu.Lock()
	defer s.mu.Unlock()
	enough := false
	var again []string
	for g, seen := range s.publics {
		total := 0
		twice := false
		for _, n := range seen {
			total += n
			twice = twice || n > 1
		}
		enough = enough || total > 1
		if twice && g == finiteField {
			again = append(again, "DHE")
		} else if twice {
			again = append(again, g.String())
		}
	}
	slices.Sort(again)
	switch {
	case len(again) > 0:
		return Answer{Status: Yes}, again
	case enough:
		return Answer{Status: No}, nil
	}
	return skipped("no group was agreed over twice"), nil
}

func (e *enumeration) postQuantum() (Answer, []string) {
	f := e.facts(iana.TLS13)
	if f.support.Status != Yes {
		return skipped("it does not have TLS 1.3"), nil
	}
	var list []string
	var first int
	for _, c := range f.groups {
		if withstandsQuantum(c.value) {
			list = append(list, c.value.String())
			first = max(first, c.connection)
		}
	}
	if len(list) > 0 {
		return yesAt(first), list
	}
	if f.groupsListed.Status == Unknown {
		return f.groupsListed, nil
	}
	return Answer{Status: No, Connection: f.groupsListed.Connection, byClosing: f.groupsListed.byClosing}, nil
}

func names[T interface{ String() string }](list []T) (names []string) {
	for _, v := range list {
		names = append(names, v.String())
	}
	return names
}
