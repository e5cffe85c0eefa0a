package policy

import "strings"

// waivedBy finds the waiver of a finding under a path of a fact: nil where there is none. One that counts goes before one that expired.
func (r *ruling) waivedBy(fact, path string) *Waived {
	var expired *Waived
	for i := range r.waivers {
		w := &r.waivers[i]
		if !w.isAbout(r.rule.ID) || !w.isFor(r.options.Target) || !w.covers(fact, path) {
			continue
		}
		is := &Waived{Reason: w.Reason, Expires: w.Expires, Expired: !r.options.At.Before(w.Expires), Position: w.Position}
		if !is.Expired {
			return is
		}
		if expired == nil {
			expired = is
		}
	}
	return expired
}

// covers reports whether the path of a waiver is that of a finding: the path of the fact or its beginning, and then any value, or with a
// value, that one. A * is a step of the fact's path, never of the value, which may have one of its own.
func (w *Waiver) covers(fact, path string) bool {
	steps := splitPath(fact)
	if w.Path == "" || below(splitPath(w.Path), steps) {
		return true
	}
	want, named := strings.CutSuffix(w.Path, strings.TrimPrefix(path, fact))
	wanted := splitPath(want)
	return named && len(wanted) == len(steps) && below(wanted, steps)
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
