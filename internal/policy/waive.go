package policy

import (
	"strings"
	"time"
)

// waivedBy finds the waiver of a finding: nil where there is none. One that counts goes before one that expired.
func waivedBy(waivers []Waiver, rule, target, path string, at time.Time) *Waived {
	var expired *Waived
	for i := range waivers {
		w := &waivers[i]
		if !w.covers(rule, target, path) {
			continue
		}
		is := &Waived{Reason: w.Reason, Expires: w.Expires, Expired: !at.Before(w.Expires), Position: w.Position}
		if !is.Expired {
			return is
		}
		if expired == nil {
			expired = is
		}
	}
	return expired
}

// covers reports whether a waiver is about a finding, of whatever day.
func (w *Waiver) covers(rule, target, path string) bool {
	return w.isAbout(rule) && w.isFor(target) && (w.Path == "" || below(splitPath(w.Path), splitPath(path)))
}

// isFor reports whether a waiver is for a target, given as host:port.
func (w *Waiver) isFor(target string) bool {
	want, target := strings.ToLower(w.Target), strings.ToLower(target)
	if want == "" || glob(want, target) {
		return true
	}
	host := target
	if i := strings.LastIndexByte(target, ':'); i >= 0 {
		host = target[:i]
	}
	return glob(want, host) || glob(want, strings.Trim(host, "[]"))
}
