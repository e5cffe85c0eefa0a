package render

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tlsprobe/tlsprobe/internal/policy"
)

// builtInName is what the positions of built-in policies have instead of a file, such as mozilla-intermediate@6.0.
var builtInName = regexp.MustCompile(`^[a-z0-9-]+@[0-9]+(\.[0-9]+)*$`)

// isFile tells whether a position is in a file that there is.
func isFile(p policy.Position) bool {
	return p.File != "" && p.File != "-" && !builtInName.MatchString(p.File)
}

// placeOf is where a finding is shown: at the rule in the policy, if that is a file, or else at the target in its list. It is false
// where neither is a file: the policy is a built-in one, and the target an argument.
func placeOf(r *policy.Report, rule policy.Position) (policy.Position, bool) {
	switch {
	case isFile(rule):
		return rule, true
	case isFile(r.Position):
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
