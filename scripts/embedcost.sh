#!/usr/bin/env bash
# Measure what a program that imports packages of the library depends on: the number of
# third-party modules and packages, and the size of the stripped binary, also for a program
# without imports. Uses the last commit.
#
#   scripts/embedcost.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(scripts/fsproxy.sh "$work/proxy")
export GOPROXY="file://$work/proxy,$(go env GOPROXY)" GONOSUMDB=github.com/kithsec/kith GOFLAGS=-buildvcs=false CGO_ENABLED=0

# program writes a main package that uses the packages, so that the linker keeps them.
program() {
  printf 'package main\n\nimport (\n\t"fmt"\n\t"os"\n%s)\n\nfunc main() {\n\tfmt.Fprintln(os.Stdout, os.Args)\n%s}\n' "$1" "$2"
}
k=github.com/kithsec/kith
table='	r, err := merge.Merge(entity.Asset, []merge.Source{{Name: "a", Open: func() (io.ReadCloser, error) { return os.Open("a.csv") }}}, merge.Options{})
	fmt.Println(err)
	t, err := assets.NewTable(r.Entities, assets.Options{})
	fmt.Println(t, err)
'
events='	e, err := enrich.New(&snapshot.Snapshot{Assets: t}, enrich.Options{})
	fmt.Println(err)
	fmt.Println(e.Stream(context.Background(), os.Stdout, os.Stdin, enrich.StreamOptions{}))
'
declare -A imports=(
  [nothing]=''
  [assets]="	\"$k/assets\"\n	\"$k/entity\"\n"
  ["assets, merge"]="	\"io\"\n	\"$k/assets\"\n	\"$k/entity\"\n	\"$k/merge\"\n"
  ["assets, merge, enrich"]="	\"context\"\n	\"io\"\n	\"$k/assets\"\n	\"$k/enrich\"\n	\"$k/entity\"\n	\"$k/merge\"\n	\"$k/snapshot\"\n"
  [risk]="	\"$k/risk\"\n"
)
declare -A bodies=(
  [nothing]=''
  [assets]='	t, err := assets.NewTable(&entity.Entities{}, assets.Options{})
	fmt.Println(err)
	fmt.Println(t.Lookup("", os.Args[0]))
'
  ["assets, merge"]="$table"
  ["assets, merge, enrich"]="$table$events"
  [risk]='	e, err := risk.New(risk.Config{}, nil, risk.Options{})
	fmt.Println(err)
	fmt.Println(e.Add([][]byte{[]byte(os.Args[0])}))
'
)

echo "| imports | modules | third-party packages | packages of Kith | binary, KiB |"
echo "|---|---|---|---|---|"
for what in nothing assets "assets, merge" "assets, merge, enrich" risk; do
  dir=$work/${what//[, ]/}
  mkdir "$dir"
  cd "$dir"
  printf 'module example.com/embedder\n\ngo 1.26.0\n' >go.mod
  program "$(printf '%b' "${imports[$what]}x")" "${bodies[$what]}" | sed 's/^x)/)/' >main.go
  [ "$what" = nothing ] || go mod edit -require "$k@$version"
  go mod tidy >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
  go build -trimpath -ldflags '-s -w' -o program .
  deps=$(go list -deps -f '{{if not .Standard}}{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}{{end}}' . | grep -v '^example.com/' || true)
  others=$(grep -v "^$k/" <<<"$deps" || true)
  printf '| %s | %d | %d | %d | %d |\n' "$what" \
    "$(awk 'NF{print $2}' <<<"$others" | sort -u | wc -l)" "$(awk NF <<<"$others" | wc -l)" \
    "$(grep -c "^$k/" <<<"$deps" || true)" $(($(wc -c <program) / 1024))
  awk 'NF{print $2}' <<<"$others" | sort -u | sed "s/^/  $what: /" >&2
done
