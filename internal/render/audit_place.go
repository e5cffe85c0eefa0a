package render

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// inPolicyFile tells whether a position is in a policy, or waivers, that is a file: those of built-in policies have a name, such as
// mozilla-intermediate@6.0.
func inPolicyFile(p policy.Position) bool {
	ending := strings.ToLower(filepath.Ext(p.File))
	return strings.ContainsAny(p.File, `/\`) || ending == ".yaml" || ending == ".yml" || ending == ".json"
}

// inList tells whether the position of a target is in a file, rather than on the command line or in what was piped.
func inList(p policy.Position) bool { return p.File != "" && p.File != "-" }

// placeOf is where a finding is shown: at the rule in the policy, if that is a file, or else at the target in its list. It is false
// where neither is a file: the policy is a built-in one, and the target an argument.
func placeOf(r *policy.Report, rule policy.Position) (policy.Position, bool) {
	switch {
	case inPolicyFile(rule):
		return rule, true
	case inList(r.Position):
		return r.Position, true
	}
	return rule, false
}

// relativePath is a file as those who look it up from root name it, with slashes.
func relativePath(file, root string) string {
	if rel, err := filepath.Rel(root, file); root != "" && filepath.IsAbs(file) && err == nil && !strings.HasPrefix(rel, "..") {
		file = rel
	}
	return strings.TrimPrefix(filepath.ToSlash(file), "./")
}

// fileURI is a file as a reference that is relative wherever the path is.
func fileURI(file, root string) string {
	path := relativePath(file, root)
	if filepath.IsAbs(path) || filepath.VolumeName(path) != "" {
		return (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(path, "/")}).String()
	}
	return (&url.URL{Path: path}).String()
}

// rfcSection finds an RFC, and the first section that is named with it.
var rfcSection = regexp.MustCompile(`RFC ([0-9]{1,5})(?:(?:,? Section |,? §|,? section )([0-9]+(?:\.[0-9]+)*))?`)

// rfcURL is where an RFC that a reference names can be read; empty if it names none.
func rfcURL(ref string) string {
	m := rfcSection.FindStringSubmatch(ref)
	if m == nil {
		return ""
	}
	return "https://www.rfc-editor.org/rfc/rfc" + strings.TrimLeft(m[1], "0") + prefixed("#section-", m[2])
}
