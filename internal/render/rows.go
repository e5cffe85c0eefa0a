package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// rows returns the table of results: what was negotiated, what the certificate is worth, and what
// was wrong. What was not reached has no row.
func (v *view) rows() []row {
	var rows []row
	for _, judged := range [...]struct {
		id     finding.ID
		rowsOf func(*view) []row
	}{
		{finding.SessionVersion, (*view).protocolRow}, {finding.SessionKeyExchange, (*view).keyExchangeRow},
		{finding.SessionCipher, (*view).cipherRow},
	} {
		rows = append(rows, v.asJudged(judged.id, judged.rowsOf(v))...)
	}
	for _, rowsOf := range [...]func(*view) []row{
		(*view).resumptionRow, (*view).proofRows, (*view).clientRow, (*view).trustRows, (*view).validityRow, (*view).revocationRow, (*view).otherCheckRows, (*view).brokenRows,
	} {
		rows = append(rows, rowsOf(v)...)
	}
	return rows
}

// asJudged gives a row about what was negotiated the verdict of its check, where the trace has one.
func (v *view) asJudged(id finding.ID, rows []row) []row {
	f, ok := v.check(id)
	for i := range rows {
		if ok && finding.Worse(f.Status, rows[i].status) {
			rows[i].status = f.Status
		}
		if ok && f.Status != finding.Pass {
			rows[i].about = id
		}
	}
	return rows
}

// protocolRow: TLS 1.0 and 1.1 are deprecated by RFC 8996, SSL 3.0 by RFC 7568.
func (v *view) protocolRow() []row {
	if v.Summary.Version == nil {
		return nil
	}
	r := row{finding.Pass, "protocol", codeText(v.Summary.Version), ""}
	switch version := iana.Version(v.Summary.Version.Value); {
	case version <= iana.SSL30:
		r.status, r.text = finding.Warn, r.text+", broken, must not be used (RFC 7568)"
	case version < iana.TLS12:
		r.status, r.text = finding.Warn, r.text+", deprecated (RFC 8996)"
	}
	return []row{r}
}

func (v *view) keyExchangeRow() []row {
	x := v.exchange
	if x == nil {
		if v.Summary.Group == nil {
			return nil
		}
		x = &trace.Exchange{Group: v.Summary.Group}
	}
	r := row{finding.Pass, "key exchange", exchangeName(x), finding.ID("")}
	for _, note := range exchangeNotes(x) {
		r.text += ", " + note.text
		if finding.Worse(note.status, r.status) {
			r.status = note.status
		}
	}
	return []row{r}
}

// exchangeName names a key exchange by its group, where it has one that says all.
func exchangeName(x *trace.Exchange) string {
	switch {
	case x.Group != nil:
		return codeText(x.Group)
	case x.Known != "":
		if x.Bits > 0 && !strings.Contains(x.Known, strconv.Itoa(x.Bits)) {
			return fmt.Sprintf("%s %s, %d bits", x.Method, x.Known, x.Bits)
		}
		return x.Method + " " + x.Known
	case x.Bits > 0 && strings.HasPrefix(x.Method, "DH"):
		return fmt.Sprintf("%s %d bits, not a known group", x.Method, x.Bits)
	case x.Bits > 0:
		return fmt.Sprintf("%s %d bits", x.Method, x.Bits)
	}
	return x.Method
}

// minStrength is the security strength that RFC 9325, Section 4.1 asks for, in bits.
const minStrength = 112

// exchangeNotes says what a key exchange is worth.
func exchangeNotes(x *trace.Exchange) []row {
	var notes []row
	if x.Group != nil {
		info, _ := iana.Group(x.Group.Value).Info()
		switch {
		case info.Kind == iana.GroupHybrid && info.PQCategory > 0:
			notes = append(notes, row{status: finding.Pass, text: "hybrid post-quantum"})
		case x.Quantum || info.PQCategory > 0:
			notes = append(notes, row{status: finding.Pass, text: "post-quantum"})
		}
	}
	if x.Method == "RSA" {
		notes = append(notes, row{status: finding.Warn, text: "no forward secrecy"})
	}
	if strings.Contains(strings.ToLower(x.Method), "anon") {
		notes = append(notes, row{status: finding.Warn, text: "nobody is authenticated"})
	}
	if x.Strength > 0 && x.Strength < minStrength {
		notes = append(notes, row{status: finding.Warn, text: fmt.Sprintf("worth %d bits", x.Strength)})
	}
	return notes
}

func (v *view) cipherRow() []row {
	if v.Summary.CipherSuite == nil {
		return nil
	}
	r := row{finding.Pass, "cipher", codeText(v.Summary.CipherSuite), ""}
	params, ok := iana.CipherSuite(v.Summary.CipherSuite.Value).Params()
	status, why := cipherNote(params)
	if etm := v.Summary.EncryptThenMAC; ok && why == cbcNote && etm != nil && *etm {
		why = "CBC with encrypt_then_mac (RFC 7366)" // nobody can use the padding as an oracle
	}
	if ok && why != "" {
		r.status, r.text = status, r.text+", "+why
	}
	return []row{r}
}

// cbcNote is about the order of MAC and encryption that leaves the padding open to attacks.
const cbcNote = "CBC without AEAD"

// cipherNote says what is wrong with a cipher. RFC 9325, Section 4.1 forbids the first ones.
func cipherNote(p iana.SuiteParams) (finding.Status, string) {
	switch p.Cipher {
	case iana.CipherNULL:
		return finding.Warn, "nothing is encrypted"
	case iana.CipherRC4_40, iana.CipherRC4_56, iana.CipherRC4_128:
		return finding.Warn, "RC4 is broken (RFC 7465)"
	case iana.CipherRC2_40, iana.CipherRC2_56, iana.CipherDES40, iana.CipherDES, iana.CipherDES56Export:
		return finding.Warn, "its key can be searched"
	case iana.Cipher3DES, iana.CipherIDEA:
		return finding.Warn, "blocks of 64 bits (CVE-2016-2183)"
	}
	switch {
	case p.Export:
		return finding.Warn, "weak on purpose"
	case p.MAC != iana.MACAEAD:
		return finding.Info, cbcNote
	case p.Cipher == iana.CipherAES128CCM8, p.Cipher == iana.CipherAES256CCM8:
		return finding.Info, "8-byte tag"
	}
	return finding.Pass, ""
}

// resumptionRow says what became of a session that was to be resumed.
func (v *view) resumptionRow() []row {
	f, ok := v.check(finding.SessionResumption)
	if !ok {
		return nil
	}
	return []row{{f.Status, "resumption", findingText(f), finding.SessionResumption}}
}

// proofRows has a row for each proof of the handshake that did not go well.
func (v *view) proofRows() []row {
	var rows []row
	for _, id := range [...]finding.ID{
		finding.HandshakeFinished, finding.HandshakeCertificateVerify, finding.HandshakeServerKeyExchange,
		finding.HandshakeDowngrade, finding.HandshakeEMS, finding.HandshakeRenegotiationInfo,
	} {
		if f, ok := v.check(id); ok && f.Status != finding.Pass && f.Status != finding.Skip {
			rows = append(rows, row{f.Status, proofLabel(id), findingText(f), id})
		}
	}
	return rows
}

// clientRow says what became of the client's certificate.
func (v *view) clientRow() []row {
	f, ok := v.check(finding.HandshakeClientCertificate)
	if !ok {
		return nil
	}
	return []row{{f.Status, "client cert", findingText(f), finding.HandshakeClientCertificate}}
}

func proofLabel(id finding.ID) string {
	switch id {
	case finding.HandshakeFinished:
		return "Finished"
	case finding.HandshakeDowngrade:
		return "downgrade"
	case finding.HandshakeEMS:
		return "ext. master"
	case finding.HandshakeRenegotiationInfo:
		return "renegotiation"
	}
	return "server proof"
}

// trusting are the checks that the row about trust sums up.
var trusting = [...]finding.ID{
	finding.ChainRootTrust, finding.ChainComplete, finding.ChainSignature, finding.ChainPath, // the one that sums up is last
}

// trustRows says whether the chain leads to a root and whether the name is right: in one row where
// both are fine.
func (v *view) trustRows() []row {
	if f, skipped := v.check(finding.ChainPath); skipped && f.Status == finding.Skip && v.Summary.Resumed != nil && *v.Summary.Resumed {
		return []row{{f.Status, "trust", findingText(f), ""}}
	}
	trust, ok := v.trust()
	host, named := v.check(finding.Hostname)
	if named && host.Status == finding.Skip {
		named = false
	}
	switch {
	case ok && named && trust.status == finding.Pass && host.Status == finding.Pass:
		trust.text = sentence(trust.text, "host matches")
		return []row{trust}
	case ok && named:
		return []row{trust, {host.Status, "host", findingText(host), finding.Hostname}}
	case ok:
		return []row{trust}
	case named:
		return []row{{host.Status, "host", findingText(host), finding.Hostname}}
	}
	return nil
}

// trust takes the worst of the checks on the path, and where all is well the one that names the root.
func (v *view) trust() (row, bool) {
	var worst finding.Finding
	found := false
	for _, id := range trusting {
		f, ok := v.check(id)
		if ok && f.Status != finding.Skip && (!found || finding.Worse(f.Status, worst.Status)) {
			worst, found = f, true
		}
	}
	return row{worst.Status, "trust", findingText(worst), finding.ID(worst.ID)}, found
}

// validityRow says until when the certificate is good, counted from when the trace began.
func (v *view) validityRow() []row {
	f, ok := v.check(finding.Validity)
	if !ok || f.Status == finding.Skip {
		return nil
	}
	if f.Status != finding.Pass || len(v.Summary.Certificates) == 0 {
		return []row{{f.Status, "expiry", findingText(f), finding.Validity}}
	}
	end, err := time.Parse(time.RFC3339, v.Summary.Certificates[0].NotAfter)
	if err != nil {
		return []row{{f.Status, "expiry", findingText(f), finding.Validity}}
	}
	days := int(end.Sub(v.Started).Hours() / 24)
	return []row{{finding.Pass, "expiry", end.UTC().Format(time.DateOnly) + ", " + count(days, "day", "days"), finding.Validity}}
}

func (v *view) revocationRow() []row {
	f, ok := v.check(finding.RevocationStapled)
	if !ok || f.Status == finding.Skip {
		return nil
	}
	return []row{{f.Status, "revocation", findingText(f), finding.RevocationStapled}}
}

// otherCheckRows has a row for each other check that did not go well, or for all checks.
func (v *view) otherCheckRows() []row {
	var rows []row
	seen := make(map[string]bool)
	for _, f := range v.checks {
		fine := f.Status == finding.Pass || f.Status == finding.Skip
		if seen[f.ID] || fine && !v.all || hasRow(finding.ID(f.ID)) && (!fine || !isSummedUp(f.ID)) {
			continue
		}
		seen[f.ID] = true
		worst, _ := v.check(finding.ID(f.ID))
		rows = append(rows, row{worst.Status, f.ID, findingText(worst), finding.ID(f.ID)})
	}
	return rows
}

// hasRow reports whether one of the other functions speaks of a check.
func hasRow(id finding.ID) bool {
	for _, t := range trusting {
		if id == t {
			return true
		}
	}
	switch id {
	case finding.Hostname, finding.Validity, finding.RevocationStapled,
		finding.SessionVersion, finding.SessionCipher, finding.SessionKeyExchange, finding.SessionResumption:
		return true
	}
	return strings.HasPrefix(string(id), "handshake.")
}

// isSummedUp reports whether a check that went well has no row of its own because another speaks for it.
func isSummedUp(id string) bool {
	return strings.HasPrefix(id, "chain.") || strings.HasPrefix(id, "handshake.") || strings.HasPrefix(id, "session.")
}

// maxBrokenRows is how many different rules the table names.
const maxBrokenRows = 8

// brokenRows has a row for each rule that was broken, however often.
func (v *view) brokenRows() []row {
	var rows []row
	times := make(map[string]int)
	for _, f := range v.broken {
		times[f.ID]++
	}
	more := 0
	for _, f := range v.broken {
		n := times[f.ID]
		if n == 0 {
			continue
		}
		times[f.ID] = 0
		if len(rows) == maxBrokenRows {
			more++
			continue
		}
		text := findingText(f)
		if n > 1 {
			text += fmt.Sprintf(" (%d×)", n)
		}
		rows = append(rows, row{f.Status, "broken rule", text, finding.ID(f.ID)})
	}
	if more > 0 {
		rows[len(rows)-1].text += fmt.Sprintf(" · and %s broken", count(more, "rule more", "rules more"))
	}
	return rows
}
