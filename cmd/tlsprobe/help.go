package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help writes the help of a command: what it does, examples, and then everything that it takes.
func (app *App) help(cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	var b strings.Builder
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	fmt.Fprintf(&b, "%s\n", strings.TrimSpace(text))
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	fmt.Fprintf(&b, "\nUsage:\n  %s\n", useLine(cmd))
	helpCommands(&b, cmd)
	helpFlags(&b, cmd, app.helpWidth())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s COMMAND --help tells more of a command.\n", cmd.CommandPath())
	}
	_, _ = fmt.Fprint(cmd.OutOrStdout(), b.String()) // where it can't be written, nobody reads it
}

// helpWidth is how wide the lists of flags are: as the terminal, but no wider than is well read.
func (app *App) helpWidth() int {
	const narrow, wide = 80, 100
	if app.StdoutIsTerminal {
		return min(max(app.Width(), narrow), wide)
	}
	return wide
}

func useLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND"
	}
	return cmd.UseLine()
}

func helpCommands(b *strings.Builder, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	b.WriteString("\nCommands:\n")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			fmt.Fprintf(b, "  %-*s  %s\n", cmd.NamePadding(), c.Name(), c.Short)
		}
	}
}

// helpFlags lists the flags under the headings that they were given.
func helpFlags(b *strings.Builder, cmd *cobra.Command, width int) {
	var headings []string
	groups := make(map[string]*pflag.FlagSet)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		h := "Flags"
		if a := f.Annotations[heading]; len(a) > 0 {
			h = a[0]
		}
		if groups[h] == nil {
			headings = append(headings, h)
			groups[h] = pflag.NewFlagSet(h, pflag.ContinueOnError)
			groups[h].SortFlags = false
		}
		groups[h].AddFlag(f)
	})
	for _, h := range headings {
		fmt.Fprintf(b, "\n%s:\n%s", h, groups[h].FlagUsagesWrapped(width))
	}
}

// heading is the annotation that says under which heading a flag is listed.
const heading = "heading"

// under puts flags under a heading.
func under(f *pflag.FlagSet, title string, names ...string) {
	for _, name := range names {
		_ = f.SetAnnotation(name, heading, []string{title}) // fails only for a flag that is not there
	}
}
