package ct

import (
	"fmt"
	"time"

	"github.com/tlsprobe/tlsprobe/internal/finding"
)

// newerList is the remedy where the list of logs doesn't know enough.
const newerList = "take a newer list of logs, with --ct-logs"

// timestamps reports each timestamp, and what is wrong with the lists they came in.
func (c *checker) timestamps() []finding.Finding {
	list := make([]finding.Finding, 0, len(c.scts)+2)
	for _, fault := range c.faults {
		f := c.at(finding.Of(finding.CTSCTs))
		f.Message = clip("timestamps " + fault.delivery.String() + ": " + fault.err.Error())
		f.Ref = "RFC 6962, Section 3.3"
		list = append(list, f)
	}
	var said, unsaid [finding.Skip + 1]int
	for i := range c.scts {
		status := c.scts[i].Status
		if said[status] == maxPerStatus && status != finding.Pass {
			unsaid[status]++
			continue
		}
		said[status]++
		list = append(list, c.say(&c.scts[i]))
	}
	for status, n := range unsaid {
		if n > 0 {
			f := c.at(finding.Of(finding.CTSCTs))
			f.Status = finding.Status(status)
			f.Message = count(n, "more timestamp") + " like the " + fmt.Sprint(maxPerStatus) + " above"
			list = append(list, grade(f))
		}
	}
	if c.ignored > 0 {
		list = append(list, c.at(finding.Unanswered(finding.CTSCTs,
			fmt.Sprintf("%s weren't looked at: %d are enough for every browser", count(c.ignored, "more timestamp"), maxSCTs))))
	}
	return list
}

// none reports that no timestamp came at all, by both checks.
func (c *checker) none() []finding.Finding {
	policy := c.at(finding.Skipped(finding.CTPolicy, "there is no certificate timestamp"))
	f := c.at(finding.Of(finding.CTSCTs))
	f.Status, f.Severity, f.Ref = finding.Info, finding.None, "RFC 6962, Section 3.3"
	f.Message = "no certificate timestamp came, neither in the certificate nor beside it; " +
		"browsers demand them of public authorities' certificates, and not of others"
	f.Fix = "get a certificate with embedded timestamps, if it is to be for the public"
	if c.Leaf.IsPrecertificate() {
		f.Message, f.Fix = "this is a precertificate, which logs give timestamps for: it can't have any itself", ""
	} else if c.Private {
		f.Status, f.Fix = finding.Skip, ""
		f.Message = "no certificate timestamp came; they are for certificates of public authorities"
	}
	return []finding.Finding{f, policy}
}

// say reports one timestamp.
func (c *checker) say(v *Verified) finding.Finding {
	f := c.at(finding.Of(finding.CTSCTs))
	f.Status = v.Status
	f.Message = c.describe(v)
	switch {
	case v.Status == finding.Pass:
		f.Ref = "RFC 6962, Section 3.2"
		f.Message += ", signature valid" + c.remarks(v)
	case v.Log == nil && v.Status == finding.Unknown && v.SCT.Version == v1:
		f.Ref = "RFC 6962, Section 3.2"
		f.Message += ": " + v.Reason + c.age()
		f.Fix = newerList
		if v.SCT.Time().After(c.Time) {
			f.Message += "; it is in the future"
		}
	default:
		f.Message += ": " + clip(v.Reason)
	}
	switch v.Status {
	case finding.Fail:
		f.Expected = "a timestamp that the log has signed for this certificate"
		if v.Log != nil && v.SCT.Time().After(c.Time) {
			f.Expected, f.Actual = "not after "+stamp(c.Time), v.stamp()
		}
	case finding.Warn:
		f.Ref, f.Fix = "c2sp.org/static-ct-api, SCT Extension", "tell the log's operator"
	}
	return grade(f)
}

// describe names a timestamp: its log, operator and state, its time, and how it came.
func (c *checker) describe(v *Verified) string {
	switch {
	case v.Log != nil:
		return fmt.Sprintf("%s (%s, %s), %s, %s", v.Log.Description, v.Log.OperatorAt(v.SCT.Time()), c.stateOf(v), v.stamp(), v.Delivery)
	case v.SCT.LogID != LogID{}:
		return fmt.Sprintf("log %s, %s, %s", v.SCT.LogID, v.stamp(), v.Delivery)
	}
	return "a timestamp " + v.Delivery.String()
}

// stateOf says the log's state at the time of verification, and of when that is known.
func (c *checker) stateOf(v *Verified) string {
	switch l := v.Log; {
	case l.Kind == KindTest:
		return "a log for tests"
	case l.Kind == KindMonitoring:
		return "a log for watching only"
	case l.State == StateNone:
		return "accepted by no browser"
	case v.State == StateUnknown:
		return l.State.String() + " later, since " + l.Since.Format(time.DateOnly)
	case l.State == StateRetired || l.State == StateRejected:
		return l.State.String() + " since " + l.Since.Format(time.DateOnly)
	case c.Logs.IsOld(c.Time):
		return l.State.String() + " on " + c.Logs.Date.Format(time.DateOnly)
	default:
		return l.State.String()
	}
}

// remarks adds what else a valid timestamp says.
func (c *checker) remarks(v *Verified) (s string) {
	if index, ok := v.SCT.LeafIndex(); ok {
		s += fmt.Sprintf(", leaf index %d", index)
	}
	// Logs that became readonly, or were retired or rejected, must not give timestamps any more.
	if v.Log.State >= StateReadOnly && !v.SCT.Time().Before(v.Log.Since) {
		s += "; it was made after the log had stopped giving any"
	}
	if end := c.Leaf.NotAfter.Time; !end.IsZero() && !v.Log.takes(end) {
		s += "; the log isn't for certificates that end when this one does"
	}
	return s
}

// stamp gives the time of a timestamp.
func (v *Verified) stamp() string {
	if v.SCT.Timestamp > maxMillis {
		return fmt.Sprintf("%d ms after 1970", v.SCT.Timestamp)
	}
	return v.SCT.Time().Format("2006-01-02T15:04:05.000Z07:00")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// age says how old the list of logs is, if it is old.
func (c *checker) age() string {
	if !c.Logs.IsOld(c.Time) {
		return ""
	}
	return " of " + c.Logs.Date.Format(time.DateOnly) + ", " + count(int(c.Time.Sub(c.Logs.Date)/day), "day") + " old"
}

// at says which certificate a finding is about.
func (c *checker) at(f finding.Finding) finding.Finding {
	f.Where = c.Where
	return f
}

// grade takes severity, and remedy where there is nothing to remedy, from what neither fails nor warns.
func grade(f finding.Finding) finding.Finding {
	switch f.Status {
	case finding.Fail:
	case finding.Warn:
		f.Severity = finding.Low
	case finding.Pass:
		f.Severity, f.Fix = finding.None, ""
	default:
		f.Severity = finding.None
		if f.Fix != newerList {
			f.Fix = ""
		}
	}
	return f
}

// count says how many of something there are.
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprint(n, " ", word, "s")
}
