package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/conn"
	"github.com/tlsprobe/tlsprobe/internal/explain"
	"github.com/tlsprobe/tlsprobe/internal/finding"
	"github.com/tlsprobe/tlsprobe/internal/handshake/message"
	"github.com/tlsprobe/tlsprobe/internal/iana"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

func newExplain(app *App) *cobra.Command {
	var paths bool
	cmd := &cobra.Command{
		Use:   "explain CODE|NAME|PATH...",
		Short: "Say what a code point, a name, a path or a finding means",
		Example: "  tlsprobe explain 0x1301\n" +
			"  tlsprobe explain handshake_failure\n" +
			"  tlsprobe explain server_hello.random\n" +
			"  tlsprobe explain --paths",
		RunE: func(_ *cobra.Command, args []string) error {
			if paths {
				return explainPaths(app.Stdout)
			}
			if len(args) == 0 {
				return usage("tlsprobe explain --help", "nothing to explain")
			}
			return explainWord(app.Stdout, strings.Join(args, " "))
		},
		ValidArgsFunction: completeWords,
	}
	cmd.Flags().BoolVar(&paths, "paths", false, "list every path with its class and meaning")
	return cmd
}

// explainPaths lists every path that the program knows, without any input.
func explainPaths(w io.Writer) error {
	for _, p := range append(conn.DescribeRecord(), message.Describe()...) {
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
	explainRule(&b, word)
	explainPath(&b, word)
	names := explainCodes(&b, word)
	explainTexts(&b, word, names)
	if b.Len() == 0 {
		return &exitError{code: exitNo, err: fmt.Errorf("nothing is known about %q", word), hint: near(word)}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainRule(b *strings.Builder, word string) {
	row, ok := finding.Lookup(finding.ID(word))
	if !ok {
		return
	}
	fmt.Fprintf(b, "%s\n  %s\n", row.ID, row.Meaning)
	fmt.Fprintf(b, "  %-10s %s\n", "status", row.Status)
	if row.Severity != finding.None {
		fmt.Fprintf(b, "  %-10s %s\n", "severity", row.Severity)
	}
	if row.HasAlert {
		fmt.Fprintf(b, "  %-10s a strict client ends with the alert %s (%d)\n", "alert", row.Alert, uint8(row.Alert))
	}
	fmt.Fprintf(b, "  %-10s %s\n  %-10s %s\n", "remedy", row.Fix, "see", row.Ref)
}

func explainPath(b *strings.Builder, word string) {
	if f, ok := explain.Path(word); ok && strings.Contains(word, ".") {
		fmt.Fprintf(b, "%s\n  %s\n  %-10s %s\n", safetext.Visible(word), f.Text, "class", f.Class)
		if f.Ref != "" {
			fmt.Fprintf(b, "  %-10s %s\n", "see", f.Ref)
		}
	}
}

// explainCodes says what the registries have, and returns the names found.
func explainCodes(b *strings.Builder, word string) map[string]bool {
	names := make(map[string]bool)
	for _, e := range iana.Lookup(word) {
		names[strings.ToLower(e.Name)] = true
		fmt.Fprintf(b, "%s %s  (%s)\n", e.Name, safetext.Visible(e.Code), e.Registry)
		if len(e.Aliases) > 0 {
			fmt.Fprintf(b, "  %-10s %s\n", "also", strings.Join(e.Aliases, ", "))
		}
		explainSuite(b, &e)
		fmt.Fprintf(b, "  %-10s %s\n", "advice", advice(&e))
		if e.Reference != "" {
			fmt.Fprintf(b, "  %-10s %s\n", "see", e.Reference)
		}
		if x, ok := textOf(&e); ok {
			explainEntry(b, &x)
		}
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

func explainEntry(b *strings.Builder, e *explain.Entry) {
	fmt.Fprintf(b, "  %s\n", e.Text)
	if e.Causes != "" {
		fmt.Fprintf(b, "  %-10s %s\n", "causes", e.Causes)
	}
	if e.Try != "" {
		fmt.Fprintf(b, "  %-10s %s\n", "try", e.Try)
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
		explainEntry(b, &e)
		if e.Ref != "" {
			fmt.Fprintf(b, "  %-10s %s\n", "see", e.Ref)
		}
	}
}

// near names what else could have been meant.
func near(word string) string {
	var names []string
	for _, e := range explain.Search(word) {
		if len(names) < 5 {
			names = append(names, e.Name)
		}
	}
	if len(names) == 0 {
		return "a code such as 0x1301 or 40, a name such as key_share, a path such as server_hello.random, or an id such as rule.hello.suite_not_offered"
	}
	return "there is " + strings.Join(names, ", ")
}
