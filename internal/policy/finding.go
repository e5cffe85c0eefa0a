package policy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// Fingerprint is what a finding is known by from run to run: the same for the same rule, target (host:port, whatever its case) and
// path, and whichever address and version of the policy it comes from. Hexadecimal, 128 bits.
func Fingerprint(rule, target, path string) string {
	h := sha256.New()
	for _, s := range []string{rule, strings.ToLower(target), path} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(s)))
		h.Write(length[:])
		h.Write([]byte(s))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// passing are the last steps of paths of numbers that the time changes: what was found under them yesterday is the same finding today.
var passing = [...]string{"days_left", "age_days"}

// findingPath is the path of a fact and, where a value is meant, the value.
func findingPath(f *Fact, b *breach) string {
	if b.name == "" {
		return f.Path
	}
	for _, p := range passing {
		if strings.HasSuffix(f.Path, "."+p) {
			return f.Path
		}
	}
	return f.Path + "." + b.name
}

// status is what a breach of a rule of this level comes to.
func (l Level) status() finding.Status {
	switch l {
	case LevelWarn:
		return finding.Warn
	case LevelNote:
		return finding.Info
	}
	return finding.Fail
}

// breach takes down a breach, unless the same was already: two operators may mind the same value.
func (r *ruling) breach(f *Fact, op *Operator, b breach) {
	path := findingPath(f, &b)
	if i, there := r.paths[path]; there && (i < 0 || r.findings[i].Status != finding.Unknown) {
		return
	}
	said := r.said(f, cutText(b.said, maxSaid))
	message := said
	if f.State == Known && f.Reason != "" {
		message += ": " + cutText(f.Reason, maxSaid)
	}
	x := r.finding(path, r.rule.Level.status(), message, f.Connection)
	x.Expected, x.Actual, x.Fix = op.words(), said, r.rule.Fix
	if x.Status != finding.Info {
		x.Severity = r.rule.Severity
	}
	if b.value != nil && b.value.Connection != 0 {
		x.Connection, x.Where.Event, x.Field = b.value.Connection, b.value.Event, b.value.Field
	}
	x.Waived = r.waivedBy(f.Path, path)
	x.Known = x.counts() && r.options.Baseline.has(x.Fingerprint)
	r.passed = r.passed || !x.counts()
	r.broken = r.broken || x.counts()
	r.add(x)
}

// unknown takes down that something could not be found out.
func (r *ruling) unknown(f *Fact, why string) {
	why = r.said(f, why)
	if i, there := r.paths[f.Path]; there {
		if i < 0 || !r.findings[i].counts() {
			r.open = append(r.open, why) // what is let pass there must not hide it
		}
		return
	}
	x := r.finding(f.Path, finding.Unknown, why, f.Connection)
	x.Known = r.options.Baseline.hasUnknown(x.Fingerprint)
	x.Expected = Expected(r.rule.Expect)
	r.add(x)
}

func (r *ruling) finding(path string, status finding.Status, message string, connection int) Finding {
	return Finding{
		Finding: finding.Finding{
			ID: r.rule.ID, Status: status, Message: message, Where: finding.Where{Path: path}, Ref: r.rule.Ref,
		},
		Fingerprint: Fingerprint(r.rule.ID, r.options.Target, path), Address: r.options.Address, Connection: connection,
	}
}

// add keeps a finding, in the place of one that the same is unknown of.
func (r *ruling) add(x Finding) {
	if i, there := r.paths[x.Where.Path]; there {
		if !x.counts() {
			r.open = append(r.open, r.findings[i].Message)
		}
		r.findings[i] = x
		return
	}
	if len(r.findings) == maxFindings {
		r.paths[x.Where.Path] = -1
		r.unsaid++
		if x.Status == finding.Unknown {
			r.open = append(r.open, x.Message)
		}
		return
	}
	r.paths[x.Where.Path] = len(r.findings)
	r.findings = append(r.findings, x)
}

// counts reports whether a finding counts: a breach that is waived or known does not, what is unknown always does.
func (x *Finding) counts() bool {
	return x.Status == finding.Unknown || !x.Known && (x.Waived == nil || x.Waived.Expired)
}
