package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is set by release builds: -ldflags "-X main.version=v0.1.0".
var version string

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which kith this is",
		Example: "  kith version",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), versionText())
			return err
		},
	}
}

// versionText returns the version of the release build or of the module, the commit
// that it was built from if the build has it, and the platform.
func versionText() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = &debug.BuildInfo{}
	}
	return describe(version, build)
}

func describe(stamped string, build *debug.BuildInfo) string {
	words := []string{"kith", firstOf(stamped, build.Main.Version, "(devel)")}
	if commit := setting(build, "vcs.revision"); commit != "" {
		if setting(build, "vcs.modified") == "true" {
			commit += "+changes"
		}
		words = append(words, "commit", commit)
	}
	words = append(words, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return strings.Join(words, " ")
}

func setting(build *debug.BuildInfo, key string) string {
	for _, s := range build.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
