package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/kithsec/kith/internal/manpage"
	"github.com/kithsec/kith/merge"
)

// manTerm is a term of a section and its description.
type manTerm struct{ term, text string }

// The exit statuses of docs/operations.md.
var exitStatus = []manTerm{
	{"0", "Done. This includes a run that SIGINT or SIGTERM ended, and one whose output is\nno longer read."},
	{"1", "Failed: a file cannot be read or written, a list has no header, or a signal\narrived before anything was written."},
	{"2", "Wrong usage or configuration. Nothing was read or written."},
	{"3", "Done, but `--strict` was given and something was lost: a value or row of a\nlist, a malformed event, or a member without a CSV column."},
}

// exitStatusOf has the statuses of commands to which exitStatus does not apply.
var exitStatusOf = map[string][]manTerm{
	"kith check": {
		{"0", "The lists can be used."},
		{"1", "A list cannot be read."},
		{"2", "Wrong usage, or the configuration is wrong."},
		{"3", "`--strict` was given and something was lost."},
	},
	"kith enrich": {
		exitStatus[0],
		{"1", exitStatus[1].text + " Also with\n`--on-error fail`, at the first malformed event."},
		exitStatus[2],
		exitStatus[3],
	},
	"kith lookup": {
		{"0", "Done, even if a key was not found."},
		exitStatus[1],
		exitStatus[2],
		{"3", "Done, but `--strict` was given, and a key was not found or a value or row of a\nlist was lost."},
	},
	"kith merge":  exitWithLists,
	"kith search": exitWithLists,
	"kith risk": {
		exitStatus[0],
		{"1", "Failed: a file cannot be read or written, a list has no header, the state cannot\nbe used, or a signal arrived before anything was written."},
		exitStatus[2],
		{"3", "Done, but `--strict` was given and something was lost: a malformed line, a\nlate modifier, or a value or row of a list."},
	},
	"kith risk explain": {
		{"0", "Done."},
		{"1", "Failed: the state cannot be read, or it has no notable with this ID, or several."},
		exitStatus[2],
	},
	"kith risk notables": {
		{"0", "Done, even if there are no notables."},
		{"1", "Failed: the state cannot be read."},
		exitStatus[2],
	},
	"kith risk show": {
		{"0", "Done, even if no risk is recorded for the object."},
		{"1", "Failed: the state or a file cannot be read, or a list has no header."},
		exitStatus[2],
		{"3", "Done, but `--strict` was given, and no risk is recorded for the object or a value\nor row of a list was lost."},
	},
	"kith risk top": {
		{"0", "Done."},
		{"1", "Failed: the state cannot be read."},
		exitStatus[2],
	},
	"kith version":    exitWithoutLoss,
	"kith completion": exitWithoutLoss,
}

// exitWithLists has the statuses of commands that read lists, but no events.
var exitWithLists = []manTerm{
	exitStatus[0],
	exitStatus[1],
	exitStatus[2],
	{"3", "Done, but `--strict` was given and a value or row of a list was lost."},
}

var exitWithoutLoss = []manTerm{{"0", "Done."}, {"1", "Failed: the output cannot be written."}, {"2", "Wrong usage."}}

// The signals of docs/operations.md.
var signalsOf = map[string][]manTerm{
	"kith enrich": {
		{"SIGINT, SIGTERM", "Finish and write the events that were read, print the summary, and exit with\nstatus 0. A second signal ends the process immediately."},
		{"SIGHUP", "Load the lists again if they have changed. Lists that cannot be used, or that\nlack too many entities, are reported, and the current ones are kept. With `--risk`,\nthe detection rules are loaded again, too."},
		reopenSignal,
		{"SIGPIPE", "Ignored. If the reader closes the output, the run ends without an error, with status 0."},
	},
	"kith risk": {
		{"SIGINT, SIGTERM", "Finish the lines that were read, write their notables, commit the state, and\nexit with status 0. A second signal ends the process immediately."},
		{"SIGHUP", "Load the lists and the detection rules again if they have changed. If they cannot\nbe used, that is reported, and the current ones are kept."},
		reopenSignal,
		{"SIGPIPE", "Ignored. If the reader closes the output, the run ends without an error, with status 0."},
	},
}

var reopenSignal = manTerm{"SIGUSR1", "Reopen the output files, which another program has renamed. With `--state`, commit\nfirst."}

var signals = []manTerm{
	{"SIGINT, SIGTERM", "Stop. If nothing was written yet, exit with status 1. A second signal ends the\nprocess immediately."},
	{"SIGPIPE", "Ignored. If the reader closes the output, the command ends without an error, with\nstatus 0."},
}

// The files and the environment that commands use.
var (
	configFile   = manTerm{"kith.yaml", "The configuration, if `--config` does not name another file and the working\ndirectory has one; see kith.yaml(5)."}
	listFiles    = manTerm{"*.csv, *.csv.gz, *.csv.zst", "Lists of assets and identities, with a header line."}
	snapshotFile = manTerm{"*.kith", "By convention, snapshots of `kith merge --snapshot`."}
	stateFiles   = manTerm{"risk.db", "The state of `kith risk` and `kith enrich --risk`, in DIR of `--state`. One process at a time may write it;\nkith risk show, top, notables and explain read it meanwhile."}
	deadLetters  = manTerm{"dead-letter file", "FILE of `--dead-letter`: a JSON object per line, with file, line, reason, and raw\n(raw_base64 if it is not UTF-8)."}
	mergedFiles  = manTerm{merge.AssetsByString + ", " + merge.AssetsByCIDR + ", " + merge.IdentitiesExpanded, "The merged lookups in DIR of `--out`."}
)

var filesOf = map[string][]manTerm{
	"kith":        {configFile, listFiles, snapshotFile},
	"kith check":  {configFile, listFiles},
	"kith enrich": {configFile, listFiles, snapshotFile, stateFiles, deadLetters},
	"kith lookup": {configFile, listFiles, snapshotFile},
	"kith merge": {
		configFile, listFiles, mergedFiles,
		{merge.ReportFile, "The complete report of the merge, in DIR of `--out`."},
		{merge.ProvenanceFile, "The row that every value came from, in DIR of `--out` with `--provenance`."},
	},
	"kith risk":          {configFile, listFiles, snapshotFile, stateFiles, deadLetters},
	"kith risk explain":  {stateFiles},
	"kith risk notables": {stateFiles},
	"kith risk show":     {configFile, listFiles, snapshotFile, stateFiles},
	"kith risk top":      {stateFiles},
	"kith search":        {configFile, listFiles, snapshotFile},
}

var environment = []manTerm{
	{"NO_COLOR", "If it is set and not empty, print without bold and faint text."},
	{"TERM", "If it is dumb, print without bold and faint text and without bars."},
	{"LC_ALL, LC_CTYPE, LANG", "If the first of them that is set names UTF-8, bars are drawn with block\ncharacters, otherwise with ASCII."},
	{"GOMAXPROCS", "The number of cores to use (default all)."},
	{"GOMEMLIMIT, GOGC", "When the garbage collector runs: a limit for the memory, such as 3GiB, and the\ngrowth of the heap in percent."},
}

// addManSections adds the sections on exit status, signals, files and environment.
func addManSections(p *manpage.Page, c *cobra.Command) {
	path := c.CommandPath()
	if strings.HasPrefix(path, "kith completion") {
		path = "kith completion"
	}
	of := func(texts map[string][]manTerm, otherwise []manTerm) []manTerm {
		if terms, ok := texts[path]; ok {
			return terms
		}
		return otherwise
	}
	addTerms(p, "EXIT STATUS", of(exitStatusOf, exitStatus))
	if path == "kith version" || path == "kith completion" {
		return
	}
	addTerms(p, "SIGNALS", of(signalsOf, signals))
	addTerms(p, "FILES", of(filesOf, nil))
	addTerms(p, "ENVIRONMENT", environment)
}

func addTerms(p *manpage.Page, title string, terms []manTerm) {
	if len(terms) == 0 {
		return
	}
	p.AddSection(title)
	for _, t := range terms {
		p.AddTerm(t.term, "", t.text)
	}
}
