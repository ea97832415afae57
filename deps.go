//go:build deps

// Package kith pins what the folders need while they are being built.
package kith

import (
	_ "github.com/armon/go-radix"
	_ "github.com/fsnotify/fsnotify"
	_ "github.com/gocarina/gocsv"
	_ "github.com/goccy/go-yaml"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/schollz/progressbar/v3"
	_ "github.com/spf13/cobra"
	_ "github.com/spf13/cobra/doc"
	_ "github.com/stretchr/testify/require"
	_ "github.com/yl2chen/cidranger"
	_ "go.etcd.io/bbolt"
	_ "golang.org/x/term"
	_ "golang.org/x/sys/unix"
	_ "pgregory.net/rapid"
)
