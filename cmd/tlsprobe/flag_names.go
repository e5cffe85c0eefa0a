package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagNames lists the long names of a command's flags.
func flagNames(cmd *cobra.Command) []string {
	var all []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
	return all
}
