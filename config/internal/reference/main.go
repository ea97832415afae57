// Command reference writes docs/configuration.md, the reference of kith.yaml,
// from the structs that the file is decoded into: every exported field is a key,
// its comment says what it means, its type what it takes.
//
//	go generate ./config
//
// A test compares the page with what this gives.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	root := flag.String("root", "..", "`FOLDER` of the module")
	flag.Parse()
	if err := write(*root); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	page, err := page(root)
	if err != nil {
		return err
	}
	return os.WriteFile(root+"/docs/configuration.md", page, 0o644)
}
