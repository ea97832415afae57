package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kithsec/kith/cmd/kith/internal/term"
)

// helpWidth is the width of help and manual pages in columns, whatever the terminal.
const helpWidth = 80

// The groups that help lists flags in, in this order.
const (
	listGroup    = "Lists"
	stateGroup   = "State"
	inputGroup   = "Input"
	queryGroup   = "Query"
	fieldGroup   = "Fields"
	outputGroup  = "Output"
	riskGroup    = "Risk"
	generalGroup = "General"
)

var flagGroups = []string{listGroup, stateGroup, inputGroup, queryGroup, fieldGroup, outputGroup, riskGroup, generalGroup}

// The annotations of a flag that help reads.
const (
	groupAnnotation       = "kith_group"
	placeholderAnnotation = "kith_placeholder"
)

// addFlags adds the flags that register defines to c, in a group of its help.
// The usage of a flag names its value in backquotes: "read `FILE`".
func addFlags(c *cobra.Command, group string, register func(flags *pflag.FlagSet)) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SortFlags = false
	register(flags)
	c.Flags().SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		annotateFlag(f, group)
		c.Flags().AddFlag(f)
	})
}

// annotateFlag moves the placeholder of a flag from its usage to an annotation,
// because shells complete flags with the usage as it is.
func annotateFlag(f *pflag.Flag, group string) {
	placeholder, usage := "", f.Usage
	if strings.Contains(usage, "`") {
		placeholder, usage = pflag.UnquoteUsage(f)
	}
	f.Usage = usage
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[groupAnnotation] = []string{group}
	f.Annotations[placeholderAnnotation] = []string{placeholder}
}

// flagAnnotation returns an annotation of a flag, "" if it has none.
func flagAnnotation(f *pflag.Flag, name string) string {
	return strings.Join(f.Annotations[name], "")
}

// groupFlags returns the visible flags of c that are in a group, in the order in which
// they were added. Flags that cobra added by itself are in the last group.
func groupFlags(c *cobra.Command, group string) []*pflag.Flag {
	var flags []*pflag.Flag
	c.Flags().VisitAll(func(f *pflag.Flag) {
		of := flagAnnotation(f, groupAnnotation)
		if of == "" {
			of = generalGroup
		}
		if of == group && !f.Hidden {
			flags = append(flags, f)
		}
	})
	return flags
}

// flagSpelling returns the forms of a flag and the placeholder of its value.
func flagSpelling(f *pflag.Flag) (short, long, placeholder string) {
	if f.Shorthand != "" {
		short = "-" + f.Shorthand
	}
	return short, "--" + f.Name, flagAnnotation(f, placeholderAnnotation)
}

// flagText returns the usage of a flag with its default, if it has one.
func flagText(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "0", "false", "[]":
		return f.Usage
	}
	return f.Usage + " (default " + f.DefValue + ")"
}

// writeHelp writes the help page of a command: what it does, then its usage.
func writeHelp(w io.Writer, c *cobra.Command) error {
	about := c.Long
	if about == "" {
		about = c.Short + "."
	}
	_, err := io.WriteString(w, about+"\n\n"+usageText(c))
	return err
}

// usageText returns the usage, the examples, the subcommands and the flags of a command.
func usageText(c *cobra.Command) string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if c.Runnable() && (!c.HasAvailableSubCommands() || c.Use != c.Name()) {
		fmt.Fprintf(&b, "  %s\n", c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND\n", c.CommandPath())
	}
	if c.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", c.Example)
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, child := range listedCommands(c) {
			writeColumns(&b, "  "+child.Name(), 14, child.Short)
		}
	}
	for _, group := range flagGroups {
		flags := groupFlags(c, group)
		if len(flags) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n", group)
		for _, f := range flags {
			writeColumns(&b, flagLabel(f), flagColumn, flagText(f))
		}
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\"%s COMMAND --help\" prints the help of a command.\n", c.CommandPath())
	}
	return b.String()
}

// listedCommands returns the subcommands of c that help lists.
func listedCommands(c *cobra.Command) []*cobra.Command {
	var listed []*cobra.Command
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() || child.Name() == "help" {
			listed = append(listed, child)
		}
	}
	return listed
}

// flagColumn is where the texts of flags begin.
const flagColumn = 26

// flagLabel returns how help shows a flag: "  -o, --output FILE".
func flagLabel(f *pflag.Flag) string {
	short, long, placeholder := flagSpelling(f)
	label := "      " + long
	if short != "" {
		label = "  " + short + ", " + long
	}
	if placeholder != "" {
		label += " " + placeholder
	}
	return label
}

// writeColumns writes a label and a text that begins at a column, wrapped at helpWidth.
// A label that leaves no space before the column has its own line.
func writeColumns(b *strings.Builder, label string, column int, text string) {
	b.WriteString(label)
	used := term.Columns(label)
	if used+2 > column {
		b.WriteByte('\n')
		used = 0
	}
	for _, line := range wrapText(text, helpWidth-column) {
		fmt.Fprintf(b, "%*s%s\n", column-used, "", line)
		used = 0
	}
}

// wrapText breaks a text between words into lines of at most width columns. A word that
// is longer has its own line.
func wrapText(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case term.Columns(line)+1+term.Columns(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// The help of kith completion and its children; cobra's own is wider than helpWidth.
const longCompletion = `Print the script with which a shell completes commands, flags and values.`

var completionTexts = map[string]string{
	"bash": `Print the completion script for bash. It needs the package bash-completion.

To load it in the current shell:

  source <(kith completion bash)

To load it in every new shell, once:

  kith completion bash > /etc/bash_completion.d/kith`,
	"zsh": `Print the completion script for zsh. Completion must be enabled, by
"autoload -U compinit; compinit" in ~/.zshrc.

To load it in the current shell:

  source <(kith completion zsh)

To load it in every new shell, once:

  kith completion zsh > "${fpath[1]}/_kith"`,
	"fish": `Print the completion script for fish.

To load it in the current shell:

  kith completion fish | source

To load it in every new shell, once:

  kith completion fish > ~/.config/fish/completions/kith.fish`,
	"powershell": `Print the completion script for PowerShell.

To load it in the current shell:

  kith completion powershell | Out-String | Invoke-Expression

To load it in every new shell, add the output to your profile.`,
}

// describeCompletion replaces cobra's texts of kith completion and its children.
func describeCompletion(root *cobra.Command) {
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Short = "Print the completion script for a shell"
		c.Long = longCompletion
		for _, shell := range c.Commands() {
			shell.Short = "Print the completion script for " + shell.Name()
			shell.Long = completionTexts[shell.Name()]
			if f := shell.Flags().Lookup("no-descriptions"); f != nil {
				f.Usage = "complete without descriptions"
			}
		}
	}
}
