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
		Short:   "Print the version",
		Example: "  kith version",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), versionText())
			return err
		},
	}
}

// versionText returns the version of the release or of the module, the commit that it was
// built from if that is known, and the platform.
func versionText() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = &debug.BuildInfo{}
	}
	return versionOf(version, build)
}

// versionNumber returns the version of the release or of the module.
func versionNumber() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = &debug.BuildInfo{}
	}
	return strings.Trim(firstNonEmpty(version, build.Main.Version, "devel"), "()")
}

// versionOf formats the version. stamped is the version that release builds set; it is
// empty in other builds.
func versionOf(stamped string, build *debug.BuildInfo) string {
	words := []string{"kith", firstNonEmpty(stamped, build.Main.Version, "(devel)")}
	if commit := buildSetting(build, "vcs.revision"); commit != "" {
		if buildSetting(build, "vcs.modified") == "true" {
			commit += "+changes"
		}
		words = append(words, "commit", commit)
	}
	words = append(words, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return strings.Join(words, " ")
}

// buildSetting returns a setting of the build, "" if it has none of that name.
func buildSetting(build *debug.BuildInfo, key string) string {
	for _, s := range build.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// firstNonEmpty returns the first text that is not empty.
func firstNonEmpty(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
