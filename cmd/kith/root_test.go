package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"

	"github.com/kithsec/kith/internal/problem"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFlagErrorsNameFlagAndValue gives bad flags of every kind to a command.
func TestFlagErrorsNameFlagAndValue(t *testing.T) {
	for _, test := range []struct {
		args string
		want string
	}{
		{"--lists", `flag --lists needs a value`},
		{"-l", `flag --lists needs a value`},
		{"--lists --quiet", `flag --lists needs a value, not the flag --quiet`},
		{"--lists a --lists --count=3", `flag --lists needs a value, not the flag --count`},
		{"--out --lists x", `flag --out needs a value, not the flag --lists`},
		{"--count many", `flag --count: "many" is not a whole number in range`},
		{"--quiet=maybe", `flag --quiet: "maybe" is neither true nor false`},
		{"--wait soon", `flag --wait: "soon" is not a duration like 90s or 1h30m`},
		{"--share half", `flag --share: "half" is not a number`},
		{"--list a", `unknown flag --list for "kith try" (did you mean "--lists"?)`},
		{"--colour", `unknown flag --colour for "kith try"`},
		{"-qx", `unknown flag -x for "kith try"`},
	} {
		r := newRoot()
		c := &cobra.Command{Use: "try", RunE: func(*cobra.Command, []string) error { return nil }}
		c.Flags().StringArrayP("lists", "l", nil, "")
		c.Flags().String("out", "", "")
		c.Flags().BoolP("quiet", "q", false, "")
		c.Flags().Int("count", 0, "")
		c.Flags().Float64("share", 0, "")
		c.Flags().Duration("wait", 0, "")
		r.AddCommand(c)
		r.wrapCommands(c)
		r.SetArgs(append([]string{"try"}, strings.Fields(test.args)...))
		r.SetOut(io.Discard)
		err := r.execute(t.Context())
		require.Error(t, err, "kith try %s", test.args)
		assert.Equal(t, test.want, err.Error(), "kith try %s", test.args)
		assert.Equal(t, exitUsage, exitCode(err), "kith try %s", test.args)
	}
}

func TestExitCodeDependsOnKindOfError(t *testing.T) {
	failed := errors.New("disk full")
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{failed, 1},
		{errors.Join(failed, failed), 1},
		{problem.Usagef("no"), 2},
		{problem.WithHint(problem.Usagef("no: %w", failed), "yes"), 2},
		{fmt.Errorf("enrich: %w", problem.Usagef("no")), 2},
		{newLossError("%d values lost", 3), 3},
		{problem.WithHint(newLossError("lost"), "look"), 3},
		{fmt.Errorf("write: %w", syscall.EPIPE), 0},
		{errors.Join(syscall.EPIPE, io.ErrClosedPipe), 0},
		{errors.Join(syscall.EPIPE, failed), 1},
	} {
		assert.Equal(t, test.want, exitCode(test.err), "exitCode(%v)", test.err)
	}
}

func TestErrorsAreReportedOnOneLineEach(t *testing.T) {
	many := make([]error, maxReportedErrors+2)
	for i := range many {
		many[i] = errors.New("x")
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{syscall.EPIPE, ""},
		{errors.New("a"), "kith: a\n"},
		{problem.WithHint(problem.Usagef("a"), "b"), "kith: a\nkith: hint: b\n"},
		{problem.Usage(errors.Join(errors.New("a"), errors.New("b"))), "kith: a\nkith: b\n"},
		{fmt.Errorf("load: %w", errors.New("two\nlines")), "kith: load: two\\x0alines\n"},
		{errors.Join(many...), strings.Repeat("kith: x\n", maxReportedErrors) + "kith: and 2 more\n"},
		{newLossError("3 values lost"), "kith: 3 values lost (--strict)\n"},
	} {
		var b bytes.Buffer
		reportError(&b, test.err)
		assert.Equal(t, test.want, b.String(), "reportError(%v)", test.err)
	}
}

func TestReleaseVersionOverridesModuleVersion(t *testing.T) {
	build := &debug.BuildInfo{Main: debug.Module{Version: "v0.2.0"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789ab"}, {Key: "vcs.modified", Value: "true"},
	}}
	assert.Regexp(t, `^kith v0\.2\.0 commit 0123456789ab\+changes go\S+ \w+/\w+$`, versionOf("", build))
	assert.Regexp(t, `^kith v0\.1\.0 commit`, versionOf("v0.1.0", build), "a stamped version wins")
	assert.Regexp(t, `^kith \(devel\) go`, versionOf("", &debug.BuildInfo{}))
}
