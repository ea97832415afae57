// Command reference writes the reference of kith.yaml from the structs that the file is
// decoded into: every exported field is a key, its comment the meaning of the key, and
// its type what the key takes.
//
//	go generate ./config                              writes docs/configuration.md
//	go run ./config/internal/reference -root . -man DIR   writes DIR/kith.yaml.5
//
// A test compares docs/configuration.md with the structs.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

func main() {
	root := flag.String("root", "..", "`FOLDER` of the module")
	man := flag.String("man", "", "write the manual page into `FOLDER` instead")
	flag.Parse()
	if err := writePage(*root, *man); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

// writePage writes docs/configuration.md below root. If man is not empty, it writes the
// manual page into that folder instead.
func writePage(root, man string) error {
	sections, err := readSections(root)
	if err != nil {
		return err
	}
	if man == "" {
		return os.WriteFile(filepath.Join(root, "docs/configuration.md"), markdownPage(sections), 0o644)
	}
	date, err := sourceDate()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(man, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(man, "kith.yaml.5"), manPage(sections, date), 0o644)
}

// sourceDate returns the time that SOURCE_DATE_EPOCH states, so that releases can be
// reproduced, and the zero Time without it.
func sourceDate() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0), err
}
