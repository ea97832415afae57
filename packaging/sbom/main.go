// Command sbom writes the bill of materials of a Go binary as CycloneDX JSON: the modules
// that are recorded in the binary, with their versions and their checksums from go.sum.
//
//	sbom kith v0.1.0 >kith.cdx.json
//
// The optional second argument is the version of the release, which a binary built with
// -trimpath does not contain; the default is the version of the main module. Otherwise the
// output depends only on the binary, so that it is as reproducible as the binary.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintln(os.Stderr, "usage: sbom BINARY [VERSION] >FILE")
		os.Exit(2)
	}
	if err := writeSBOM(os.Stdout, os.Args[1], strings.Join(os.Args[2:], "")); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// The parts of https://cyclonedx.org/docs/1.6/json/ that sbom writes.
type (
	bill struct {
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Serial       string       `json:"serialNumber"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type       string     `json:"type"`
		Ref        string     `json:"bom-ref"`
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		PURL       string     `json:"purl"`
		Hashes     []hash     `json:"hashes,omitempty"`
		Properties []property `json:"properties,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn"`
	}
)

func writeSBOM(out io.Writer, path, version string) error {
	binary, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	if version != "" {
		info.Main.Version = version
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(describeModules(info, sha256.Sum256(binary)))
}

// describeModules returns the bill of the standard library and of the modules in the
// binary, in the order in which the binary lists them: by path.
func describeModules(info *debug.BuildInfo, sum [sha256.Size]byte) bill {
	program := asComponent("application", info.Main.Path, info.Main.Version)
	program.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum[:])}}
	program.Properties = []property{{"go:package", info.Path}}
	for _, s := range info.Settings {
		if !strings.HasPrefix(s.Key, "-") && s.Key != "DefaultGODEBUG" {
			program.Properties = append(program.Properties, property{"go:build:" + s.Key, s.Value})
		}
	}
	b := bill{
		Format: "CycloneDX", Spec: "1.6", Serial: serialNumber(sum), Version: 1, Metadata: metadata{program},
		Components: []component{asComponent("library", "std", strings.TrimPrefix(info.GoVersion, "go"))},
	}
	for _, m := range info.Deps {
		b.Components = append(b.Components, ofModule(m))
	}
	uses := dependency{Ref: program.Ref}
	for _, c := range b.Components {
		uses.DependsOn = append(uses.DependsOn, c.Ref)
	}
	b.Dependencies = []dependency{uses}
	return b
}

func ofModule(m *debug.Module) component {
	if m.Replace != nil {
		m = m.Replace
	}
	c := asComponent("library", m.Path, m.Version)
	if m.Sum != "" {
		c.Properties = []property{{"go:sum", m.Sum}}
	}
	return c
}

func asComponent(kind, path, version string) component {
	purl := "pkg:golang/" + path + "@" + version
	return component{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl}
}

// serialNumber returns a UUID (version 8, RFC 9562) made from the checksum of the binary.
func serialNumber(sum [sha256.Size]byte) string {
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
