package render

import (
	"strings"
	"testing"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/audit"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/trace"
)

// auditDay is when the audits of the tests are made.
var auditDay = time.Date(2026, 11, 26, 10, 2, 0, 0, time.UTC)

// sampleRules are a policy of a file that extends a built-in one.
var sampleRules = map[string]policy.Verdict{
	"proto.min": {Title: "no protocol before TLS 1.2", Level: policy.LevelFail, Severity: finding.High, Expected: "≥ tls1.2", Ref: "RFC 8996",
		Fix: "switch TLS 1.0 and 1.1 off", Where: "protocols", Position: policy.Position{File: "policies/corp.yaml", Line: 8, Column: 5}},
	"cert.days": {Title: "certificates are renewed in time", Level: policy.LevelFail, Severity: finding.Medium, Expected: "≥ 14",
		Where: "certificates[*].days_left", Position: policy.Position{File: "policies/corp.yaml", Line: 15, Column: 5}},
	"kx.pq": {Title: "key exchange withstands quantum computers", Level: policy.LevelWarn, Severity: finding.Low, Expected: "X25519MLKEM768",
		Ref: "RFC 9846, Section 9.1", Where: "groups.tls1.3", Position: policy.Position{File: "policies/corp.yaml", Line: 21, Column: 5}},
	"http.hsts": {Title: "HSTS for half a year", Level: policy.LevelNote, Expected: "≥ 15768000", Where: "http.hsts.max_age",
		Position: policy.Position{File: "policies/corp.yaml", Line: 30, Column: 5}},
	"suites.tls12": {Title: "no suites without forward secrecy", Level: policy.LevelFail, Severity: finding.Critical, Expected: "none of TLS_RSA_*",
		Ref: "RFC 9325, Section 4.1", Where: "suites.tls1.2", Position: policy.Position{File: "mozilla-intermediate@6.0", Line: 40, Column: 5}},
	"staple": {Title: "OCSP staples", Level: policy.LevelFail, Severity: finding.Low, Expected: "yes", Where: "certificates[*].stapled",
		Position: policy.Position{File: "mozilla-intermediate@6.0", Line: 52, Column: 5}},
	"dh.bits": {Title: "DH groups are large enough", Level: policy.LevelFail, Severity: finding.High, Expected: "≥ 2048", Where: "dh[*].bits",
		Position: policy.Position{File: "mozilla-intermediate@6.0", Line: 60, Column: 5}},
	"robust.grease": {Title: "unknown code points are ignored", Level: policy.LevelWarn, Severity: finding.Medium, Expected: "yes", Where: "robust.grease",
		Position: policy.Position{File: "policies/corp.yaml", Line: 36, Column: 5}},
}

// verdict makes the verdict of a rule of the sample with its findings.
func verdict(rule string, status finding.Status, message string, findings ...policy.Finding) policy.Verdict {
	v := sampleRules[rule]
	v.Rule, v.Status, v.Message, v.Findings = rule, status, message, findings
	for i := range v.Findings {
		f := &v.Findings[i]
		f.ID, f.Severity, f.Expected, f.Ref, f.Fix = rule, v.Severity, v.Expected, v.Ref, v.Fix
		v.Actual = strings.TrimPrefix(v.Actual+", "+f.Actual, ", ")
	}
	return v
}

// breach makes a finding at a path.
func breach(status finding.Status, path, actual, message string, connection int) policy.Finding {
	f := policy.Finding{Fingerprint: "fp-" + path, Address: "", Connection: connection}
	f.Status, f.Where.Path, f.Actual, f.Message = status, path, actual, message
	return f
}

func waived(f policy.Finding, reason string, until time.Time, expired bool) policy.Finding {
	f.Waived = &policy.Waived{Reason: reason, Expires: until.Truncate(24 * time.Hour), Expired: expired, Position: policy.Position{File: "waivers.yaml", Line: 3, Column: 3}}
	return f
}

func known(f policy.Finding) policy.Finding {
	f.Known = true
	return f
}

// sampleVerdicts have every state. odd gives what is another one at the second address.
func sampleVerdicts(odd bool) []policy.Verdict {
	old := breach(finding.Fail, "protocols.tls1.0", "tls1.0", "tls1.0", 3)
	older := waived(breach(finding.Fail, "protocols.tls1.1", "tls1.1", "tls1.1", 4), "printer, replaced in spring", auditDay.AddDate(0, -1, 0), true)
	list := []policy.Verdict{
		verdict("proto.min", finding.Fail, "tls1.0, tls1.1", old, older),
		verdict("cert.days", finding.Pass, "certificates[0]: 6", waived(breach(finding.Fail, "certificates[0].days_left", "certificates[0]: 6", "certificates[0]: 6", 9), "shutting down", auditDay.AddDate(0, 4, 0), false)),
		verdict("kx.pq", finding.Warn, "x25519", breach(finding.Warn, "groups.tls1.3", "x25519", "x25519", 7)),
		verdict("http.hsts", finding.Info, "3600", breach(finding.Info, "http.hsts.max_age.3600", "3600", "3600", 0)),
		verdict("suites.tls12", finding.Pass, "TLS_RSA_WITH_AES_128_GCM_SHA256", known(breach(finding.Fail, "suites.tls1.2.TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", "", 11))),
		verdict("staple", finding.Skip, "the certificate names no responder"),
		verdict("dh.bits", finding.Unknown, "the server refused to answer so often", breach(finding.Unknown, "dh[*].bits", "", "the server refused to answer so often", 0)),
		verdict("robust.grease", finding.Pass, "yes"),
	}
	if odd {
		list[2] = verdict("kx.pq", finding.Pass, "X25519MLKEM768, x25519")
		list[7] = verdict("robust.grease", finding.Unknown, "reset by the peer", breach(finding.Unknown, "robust.grease", "", "reset by the peer", 0))
	}
	return list
}

func sampleEnumeration(address string) *audit.Document {
	end := auditDay.AddDate(0, 0, 6)
	return &audit.Document{
		Schema: audit.DocumentSchema, Target: audit.Target{Input: "www.example.com", Host: "www.example.com", Port: 443, Address: address},
		Certificates: []audit.Certificate{{SHA256: strings.Repeat("ab", 32), NotAfter: &end}, {SHA256: strings.Repeat("ab", 32), NotAfter: &end}, {SHA256: "unreadable"}},
		Cost:         audit.Cost{Connections: 31, Ms: 912},
	}
}

// sampleRun is an audit of four targets: one with two addresses and every state, one that was not reached, one that writes whatever
// it likes, and one that is fine.
func sampleRun(t *testing.T) *policy.Run {
	ref := policy.Reference{Name: "corp", Version: "2026.2", Title: "What we ask of our endpoints", File: "policies/corp.yaml", Rules: 8, SHA256: strings.Repeat("0f", 32)}
	run := &policy.Run{Schema: policy.ReportSchema, Tool: trace.Tool{Name: "tlsprobe", Version: "0.9.0"}, Started: auditDay, Policy: ref, FailOn: policy.LevelFail}
	report := func(target string, line int, outcome policy.Outcome) policy.Report {
		r := policy.Report{Schema: run.Schema, Tool: run.Tool, Started: run.Started, Policy: ref, FailOn: run.FailOn, Target: target, Input: target, Outcome: outcome}
		r.Same.Status = audit.Skip
		if line > 0 {
			r.Position = policy.Position{File: "targets.txt", Line: line, Column: 1}
		}
		return r
	}
	endpoint := func(address string, verdicts []policy.Verdict) policy.Endpoint {
		for i := range verdicts {
			for k := range verdicts[i].Findings {
				verdicts[i].Findings[k].Address = address
			}
		}
		return policy.Endpoint{Address: address, Verdicts: verdicts, Enumeration: sampleEnumeration(address)}
	}
	two := report("www.example.com:443", 3, policy.OutcomeFail)
	two.Endpoints = []policy.Endpoint{endpoint("192.0.2.10:443", sampleVerdicts(false)), endpoint("[2001:db8::10]:443", sampleVerdicts(true)),
		{Address: "192.0.2.12:443", Error: &trace.Error{Kind: "refused", Message: "connect to 192.0.2.12:443: connection refused"}}}
	two.Endpoints[0].Evidence = []policy.Evidence{{Connection: 3, Trace: refused(t)}}
	two.Counts = policy.Counts{Fail: 1, Unknown: 2, Warn: 1, Note: 1, Pass: 2, Skip: 1, Waived: 1, Known: 1}
	two.Same.Status, two.Differences = audit.No, []string{"groups.tls1.3: x25519 at 192.0.2.10:443, X25519MLKEM768 at [2001:db8::10]:443"}

	gone := report("gone.example:8443", 4, policy.OutcomeUnreachable)
	gone.Error = &trace.Error{Kind: "lookup", Message: "look up gone.example: no such host", Hint: "is the name right?"}

	fine := report("fine.example:443", 0, policy.OutcomePass)
	fine.Endpoints = []policy.Endpoint{endpoint("192.0.2.20:443", []policy.Verdict{verdict("proto.min", finding.Pass, "tls1.3, tls1.2"), verdict("dh.bits", finding.Pass, "")})}
	fine.Counts = policy.Counts{Pass: 2}

	run.Targets = []policy.Report{two, gone, hostileAudit(report("evil.example:443", 0, policy.OutcomeFail)), fine}
	return run
}

// hostileWords are what sinks obey: terminals, spreadsheets, Markdown, HTML, GitHub, SARIF, JSON and XML.
var hostileWords = []string{
	hostileText, "=HYPERLINK(\"http://evil.example/\";\"x\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "＝1+1",
	"<script>alert(1)</script><img src=x onerror=alert(1)>", "a|b\\|c || d", "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
	"`code` **bold** _it_ ~~gone~~ $x^2$ :smile:", "@everyone #1 GH-1 evil@evil.example www.evil.example http://evil.example/ https://evil.example",
	"\n::error file=x::owned\n::set-output name=x::y %0A%0D%25", "]]></failure><!-- -- --> &amp; &#0;", "{0} {1} [x](1)", "- a\n\n# b\n1. c", "\"quoted\", 'and, not'",
	"</code></td></details>", "\\", "\\\"} 1\nx{y=\"z\"} 2",
}

// hostileAudit has hostile words in every text that a peer, a policy or a waiver may have a say in.
func hostileAudit(r policy.Report) policy.Report {
	e := policy.Endpoint{Address: "192.0.2.66:443", Enumeration: sampleEnumeration("192.0.2.66:443")}
	for i, words := range hostileWords {
		rule := "evil." + string(rune('a'+i))
		f, status := breach(finding.Fail, "names."+words, words, words, 5), finding.Fail
		switch i % 8 {
		case 1:
			f = waived(f, words, auditDay.AddDate(0, 0, -1), true)
		case 5:
			f, status = waived(f, words, auditDay.AddDate(0, 0, 1), false), finding.Pass
		}
		v := policy.Verdict{Rule: rule, Title: words, Level: policy.LevelFail, Severity: finding.Severity(i % 5), Status: status, Message: words,
			Expected: words, Actual: words, Ref: words, Fix: words, Where: words, Findings: []policy.Finding{f}}
		v.Position = policy.Position{File: words, Line: i, Column: i}
		e.Verdicts = append(e.Verdicts, v)
	}
	r.Endpoints = append(r.Endpoints, e, policy.Endpoint{Address: hostileText, Error: &trace.Error{Message: hostileWords[7] + hostileText}})
	r.Same.Status, r.Same.Reason, r.Differences = audit.Unknown, hostileText, []string{hostileWords[9], hostileText}
	r.Counts = policy.Counts{Fail: len(hostileWords)}
	return r
}
