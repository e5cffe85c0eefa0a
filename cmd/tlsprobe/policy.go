package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tlsprobe/tlsprobe/internal/policy"
	"github.com/tlsprobe/tlsprobe/internal/safetext"
)

func newPolicy(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "List, show and check what endpoints are held to",
		Long: "policy shows the policies that are built in, and checks those that you write. A\n" +
			"policy is a list of rules over what enumeration finds out; docs/policies.md\n" +
			"describes their language.",
		Example: "  tlsprobe policy list\n" +
			"  tlsprobe policy show mozilla-intermediate\n" +
			"  tlsprobe policy check corp.yaml",
		Args: knownSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPolicyCheck(app), newPolicyList(app), newPolicyPaths(app), newPolicyShow(app))
	return cmd
}

func newPolicyList(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the policies that are built in",
		Long: "list prints the policies that are built in, each with its version, the day when\n" +
			"what it says was published, and how many rules it has. NAME alone is the version\n" +
			"that stands first; NAME@VERSION is any of them.",
		Example: "  tlsprobe policy list\n" +
			"  tlsprobe policy show mozilla-intermediate@5.8",
		Args: nothing,
		RunE: func(*cobra.Command, []string) error { return listPolicies(app.Stdout) },
	}
}

func listPolicies(w io.Writer) error {
	var b strings.Builder
	for _, full := range policy.Builtins() {
		p, err := policy.Builtin(full)
		if err != nil {
			return fmt.Errorf("the built-in policy %s: %w", full, err)
		}
		name, version, _ := strings.Cut(full, "@")
		fmt.Fprintf(&b, "%-22s %-8s %-10s %3d rules  %s\n", name, version, p.Date, len(p.Rules), p.Title)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newPolicyShow(app *App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NAME|FILE",
		Short: "Print a policy with all that it extends",
		Long: "show prints a policy, built in or of a file, with all that it extends merged into\n" +
			"it, as a policy file: each rule says where it is from.",
		Example: "  tlsprobe policy show default\n" +
			"  tlsprobe policy show mozilla-intermediate@5.8 > ours.yaml\n" +
			"  tlsprobe policy show corp.yaml --json",
		Args: onePolicy, ValidArgsFunction: completePolicies,
		RunE: func(_ *cobra.Command, args []string) error {
			p, _, err := loadPolicy(app, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return policy.WriteJSON(app.Stdout, p)
			}
			return showPolicy(app.Stdout, p)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON (tlsprobe schema policy describes it)")
	return cmd
}

// showPolicy prints a policy as YAML. What a terminal might obey stands in double quotes there, where its escape means the same.
func showPolicy(w io.Writer, p *policy.Policy) error {
	var b bytes.Buffer
	if err := policy.WriteYAML(&b, p); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, safetext.Visible(strings.TrimSuffix(line, "\n"))+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func newPolicyCheck(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check a policy file",
		Long: "check reads a policy file and all that it extends, and says what it amounts to,\n" +
			"or what is wrong with it and where. The exit code is 2 for a file with mistakes.",
		Example: "  tlsprobe policy check corp.yaml\n" +
			"  tlsprobe policy check - < corp.yaml",
		Args: onePolicy,
		RunE: func(_ *cobra.Command, args []string) error {
			p, file, err := loadPolicy(app, args[0])
			if err != nil {
				return err
			}
			return checkedPolicy(app, p, file)
		},
	}
}

// checkedPolicy says what a policy amounts to, and notes what will hardly be meant.
func checkedPolicy(app *App, p *policy.Policy, file string) error {
	levels := make(map[policy.Level]int)
	for i := range p.Rules {
		levels[p.Rules[i].Level]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s", orName(file, p.Name), strings.TrimSpace(p.Name+" "+p.Version), numbered(len(p.Rules), "rule"))
	fmt.Fprintf(&b, " (%d fail, %d warn, %d note)", levels[policy.LevelFail], levels[policy.LevelWarn], levels[policy.LevelNote])
	if p.Extends != "" {
		fmt.Fprintf(&b, ", extends %s", p.Extends)
	}
	if n := len(p.Waivers); n > 0 {
		fmt.Fprintf(&b, ", %s", numbered(n, "waiver"))
	}
	if _, err := fmt.Fprintln(app.Stdout, safetext.Visible(b.String())); err != nil {
		return err
	}
	for _, note := range policy.Notes(p, app.Now()) {
		app.say("note: %s\n", safetext.Visible(note))
	}
	return nil
}

func orName(file, name string) string {
	if file == "" {
		return name
	}
	return file
}

func numbered(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func newPolicyPaths(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "paths",
		Short: "List every path that a rule can name",
		Long: "paths lists every path that a rule can name, with the kind of its values (word,\n" +
			"version, number or text), what it means, and its values where they are few. [*]\n" +
			"is an index, [0] the first, or any.",
		Example: "  tlsprobe policy paths\n" +
			"  tlsprobe policy paths | grep certificates",
		Args: nothing,
		RunE: func(*cobra.Command, []string) error { return listPaths(app.Stdout) },
	}
}

func listPaths(w io.Writer) error {
	var b strings.Builder
	for _, p := range policy.FactPaths() {
		fmt.Fprintf(&b, "%-47s %-8s %s", p.Path, p.Kind, p.Meaning)
		if len(p.Values) > 0 {
			fmt.Fprintf(&b, ": %s", strings.Join(p.Values, ", "))
		}
		if !p.Askable {
			b.WriteString(" (can't be found out yet)")
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// loadPolicy returns a policy by name or file, - for stdin; file is empty for a built-in one. What is wrong with it is said, and is exit
// code 2.
func loadPolicy(app *App, name string) (p *policy.Policy, file string, err error) {
	p, file, err = policy.Load(name, func(file string) ([]byte, error) { return readInput(app, "", file) })
	var e *exitError
	switch err = app.sayMistakes(err); {
	case err == nil:
		return p, file, nil
	case errors.As(err, &e):
		return nil, file, e
	}
	hint := "tlsprobe policy list names those that are built in; a file is named by its path"
	if best := nearest(name, policyNames()); best != "" {
		hint = "did you mean " + best + "?"
	}
	return nil, file, usage(hint, "%w", err)
}

// policyNames are the names of the built-in policies, with and without version.
func policyNames() (names []string) {
	last := ""
	for _, full := range policy.Builtins() {
		if name, _, _ := strings.Cut(full, "@"); name != last {
			names, last = append(names, name), name
		}
		names = append(names, full)
	}
	return names
}

// completePolicies completes the names of policies, and files.
func completePolicies(_ *cobra.Command, args []string, typed string) (words []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, n := range policyNames() {
		if strings.HasPrefix(n, typed) {
			words = append(words, n)
		}
	}
	return words, cobra.ShellCompDirectiveDefault
}
