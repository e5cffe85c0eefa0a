package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/explain"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
	"github.com/tlsprobe/tlsprobe/internal/verify"
)

func newExplain(app *App) *cobra.Command {
	var paths bool
	cmd := &cobra.Command{
		Use:   "explain CODE|NAME|PATH...",
		Short: "Say what a code point, a name, a path or a finding means",
		Long: "explain says what the words of a trace mean: code points of the IANA registries\n" +
			"by number or name (OpenSSL's names of cipher suites, too), paths of fields,\n" +
			"rules and checks by their id, outcomes and kinds of errors.\n" +
			"The exit code is 1 for what nothing is known about.",
		Example: "  tlsprobe explain 0x1301\n" +
			"  tlsprobe explain handshake_failure\n" +
			"  tlsprobe explain server_hello.random",
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case paths && len(args) > 0:
				return usage("leave one of them out", "--paths lists all paths, and takes no word beside it")
			case paths:
				return explainPaths(app.Stdout)
			case len(args) == 0:
				return usage("tlsprobe explain 0x1301, handshake_failure or server_hello.random", "explain wants a word, and was given none")
			}
			return explainWord(app.Stdout, strings.Join(args, " "))
		},
		ValidArgsFunction: completeWords,
	}
	cmd.Flags().BoolVar(&paths, "paths", false, "list every path with its class and meaning")
	return cmd
}

func allPaths() []string { return append(conn.DescribeRecord(), message.Describe()...) }

// explainPaths lists every path that the program knows, without any input.
func explainPaths(w io.Writer) error {
	for _, p := range allPaths() {
		f, _ := explain.Path(p)
		if _, err := fmt.Fprintf(w, "%-90s %-11s %s\n", p, f.Class, f.Text); err != nil {
			return err
		}
	}
	return nil
}

// explainWord says everything that is known about a word.
func explainWord(w io.Writer, word string) error {
	var b strings.Builder
	if !explainRule(&b, word) && !strings.HasPrefix(word, "rule.") {
		explainPath(&b, word) // a pattern of any depth would take an id for a path
	}
	explainOwnWord(&b, word)
	names := explainCodes(&b, word)
	explainTexts(&b, word, names)
	if b.Len() == 0 {
		return &exitError{code: exitNo, err: fmt.Errorf("nothing is known about %q", word), hint: near(word)}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// explainRule says what a rule or a check is about, and reports whether word is the id of one.
func explainRule(b *strings.Builder, word string) bool {
	rule, ok := finding.Lookup(finding.ID(word))
	if !ok {
		return false
	}
	fmt.Fprintf(b, "%s\n  %s\n", rule.ID, rule.Meaning)
	row(b, "status", rule.Status.String())
	if rule.Severity != finding.None {
		row(b, "severity", rule.Severity.String())
	}
	if l, ok := finding.LookupLint(rule.ID); ok && l.Strict != finding.Advisory {
		row(b, "strict", "a failure by the rules "+strictUnder(l.Strict)+" (tlsprobe verify --rules)")
	}
	if rule.HasAlert {
		row(b, "alert", fmt.Sprintf("a strict client ends with the alert %s (%d)", rule.Alert, uint8(rule.Alert)))
	}
	row(b, "remedy", rule.Fix)
	row(b, "see", rule.Ref)
	return true
}

// strictUnder names the rules of verify under which a lint fails.
func strictUnder(s finding.Strictness) string {
	switch s {
	case finding.StrictProfile:
		return verify.RulesProfile.String()
	case finding.StrictBaseline:
		return verify.RulesWebPKI.String()
	}
	return verify.RulesWebPKI.String() + " and " + verify.RulesProfile.String()
}

func explainPath(b *strings.Builder, word string) {
	if f, ok := explain.Path(word); ok && strings.Contains(word, ".") {
		fmt.Fprintf(b, "%s\n  %s\n", safetext.Visible(word), f.Text)
		row(b, "class", f.Class.String())
		row(b, "see", f.Ref)
	}
}

// explainCodes says what the registries have, and returns the names found.
func explainCodes(b *strings.Builder, word string) map[string]bool {
	names := make(map[string]bool)
	for _, e := range iana.Lookup(word) {
		names[strings.ToLower(e.Name)] = true
		fmt.Fprintf(b, "%s %s  (%s)\n", e.Name, safetext.Visible(e.Code), e.Registry)
		x, _ := textOf(&e)
		if x.Text != "" {
			fmt.Fprintf(b, "  %s\n", x.Text)
		}
		row(b, "also", strings.Join(slices.DeleteFunc(e.Aliases, func(a string) bool { return a == e.Name }), ", "))
		explainSuite(b, &e)
		row(b, "advice", advice(&e))
		row(b, "causes", x.Causes)
		row(b, "try", x.Try)
		row(b, "see", e.Reference)
	}
	return names
}

// registryOf names the registries whose entries have a text.
var registryOf = [...]struct{ registry, texts string }{
	{"TLS Alerts", "alert"}, {"TLS ExtensionType Values", "extension"}, {"TLS HandshakeType", "message"},
	{"TLS Supported Groups", "group"}, {"TLS SignatureScheme", "scheme"}, {"TLS Protocol Versions", "version"},
}

func textOf(e *iana.Entry) (explain.Entry, bool) {
	for _, r := range registryOf {
		if strings.EqualFold(r.registry, e.Registry) {
			return explain.Code(r.texts, e.Name)
		}
	}
	for _, r := range explain.Registries() {
		if strings.Contains(strings.ToLower(e.Registry), r) {
			return explain.Code(r, e.Name)
		}
	}
	return explain.Entry{}, false
}

func explainSuite(b *strings.Builder, e *iana.Entry) {
	s, err := iana.ParseCipherSuite(e.Name)
	if err != nil || s.Name() != e.Name {
		return
	}
	p, ok := s.Params()
	if !ok {
		return
	}
	fmt.Fprintf(b, "  %-10s key exchange %s, authentication %s, cipher %s, MAC %s\n", "made of", p.KeyExchange, p.Authentication, p.Cipher, p.MAC)
	fmt.Fprintf(b, "  %-10s %s to %s\n", "versions", p.MinVersion, p.MaxVersion)
}

// advice says in words what the registry recommends.
func advice(e *iana.Entry) string {
	if !e.Registered {
		return "not registered: a draft's or somebody's own value"
	}
	switch e.Recommended.String() {
	case "Y":
		return "recommended"
	case "N":
		return "not recommended: not evaluated, or for special use"
	case "D":
		return "discouraged"
	}
	return e.Recommended.String()
}

// row writes a named line, unless there is nothing to say.
func row(b *strings.Builder, name, text string) {
	if text != "" {
		fmt.Fprintf(b, "  %-10s %s\n", name, text)
	}
}

// explainTexts adds the terms that no registry has.
func explainTexts(b *strings.Builder, word string, known map[string]bool) {
	for _, r := range explain.Registries() {
		e, ok := explain.Code(r, word)
		if !ok || known[strings.ToLower(e.Name)] {
			continue
		}
		fmt.Fprintf(b, "%s  (%s)\n", e.Name, e.Registry)
		fmt.Fprintf(b, "  %s\n", e.Text)
		row(b, "causes", e.Causes)
		row(b, "try", e.Try)
		row(b, "see", e.Ref)
	}
}

// near names what else could have been meant.
func near(word string) string {
	var names []string
	known := knownWords()
	for i := range ownWords {
		known = append(known, ownWords[i].word)
	}
	if strings.Contains(word, ".") {
		known = append(known, allPaths()...)
	}
	if best := nearest(word, known); best != "" {
		names = append(names, best)
	}
	for _, e := range explain.Search(word) {
		if len(names) < 5 && !slices.Contains(names, e.Name) {
			names = append(names, e.Name)
		}
	}
	for _, w := range knownWords() {
		if len(word) > 2 && len(names) < 5 && strings.Contains(strings.ToLower(w), strings.ToLower(word)) && !slices.Contains(names, w) {
			names = append(names, w)
		}
	}
	if len(names) == 0 {
		return "a code such as 0x1301 or 40, a name such as key_share, a path such as server_hello.random, or an id such as rule.hello.suite_not_offered"
	}
	return "there is " + strings.Join(names, ", ")
}
