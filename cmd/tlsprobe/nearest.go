package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	nearby "github.com/tlsprobe/tlsprobe/internal/nearest"
)

// nearestFlag says what to try for a flag that is unknown.
func nearestFlag(cmd *cobra.Command, err error) string {
	if _, name, ok := strings.Cut(err.Error(), "unknown flag: --"); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if best := nearest(name, names); best != "" {
			return "did you mean --" + best + "?"
		}
	}
	return cmd.CommandPath() + " --help"
}

// nearest returns the name that a mistyped word most likely stands for; empty if none is like it.
func nearest(word string, names []string) string {
	if len(word) > 80 {
		return ""
	}
	word = strings.ToLower(word)
	best, distance := "", min(len(word)/3+1, 4)+1
	for _, name := range names {
		if d := nearby.Distance(word, strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	return best
}
