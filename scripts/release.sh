#!/usr/bin/env bash
# Build the files of a release: for every target an archive with the command, its
# documentation, manual pages, completions and systemd units, and a bill of materials; and
# SHA256SUMS of all files. The same commit and Go version give the same bytes, on every
# machine, in every folder and at any time.
#
#   scripts/release.sh [-o DIR] [-c COMMIT] [-a] VERSION [OS/ARCH…]
#
#   -o DIR     output folder (default dist)
#   -c COMMIT  commit to build (default HEAD); uncommitted changes are not included
#   -a         build everything again, without the build cache
#
# Needs Go, git, GNU tar and gzip; zip for Windows.
set -euo pipefail
usage() { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
out=dist commit=HEAD anew=()
while getopts o:c:a option; do
  case $option in
    o) out=$OPTARG ;;
    c) commit=$OPTARG ;;
    a) anew=(-a) ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage
version=$1
shift
[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || { echo "release: $version is not a version like v0.1.0" >&2; exit 2; }
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=({linux,darwin,windows}/{amd64,arm64})

mkdir -p "$out"
out=$(cd "$out" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
commit=$(git -C "$root" rev-parse --verify "$commit^{commit}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet --no-checkout --shared "$root" "$work/src"
cd "$work/src"
git checkout --quiet --detach "$commit"

# Remove all influence of this machine on the build.
unset GOAMD64 GOARM64 GOEXPERIMENT GOWORK
export GOFLAGS= CGO_ENABLED=0 GOENV=off TZ=UTC LC_ALL=C
SOURCE_DATE_EPOCH=$(git show -s --format=%ct "$commit")
export SOURCE_DATE_EPOCH

# build OUTPUT [FLAG…]
build() { go build "${@:2}" -trimpath -buildvcs=true -ldflags "-s -w -X main.version=$version" -o "$1" ./cmd/kith; }

# Files that are the same for every target.
common=$work/common
mkdir -p "$common/completions"
go run ./config/internal/reference -root . -man "$common/man"
go test -count=1 ./cmd/kith -run '^TestManPages$' -args -man "$common/man" >"$work/log" || { cat "$work/log" >&2; exit 1; }
build "$work/kith"
for shell in bash zsh fish powershell; do "$work/kith" completion "$shell" >"$common/completions/kith.$shell"; done
cp README.md CHANGELOG.md LICENSE "$common" 2>/dev/null || cp CHANGELOG.md LICENSE "$common"
cp -r packaging/systemd "$common/systemd"
cp -r docs "$common/docs"
go build -o "$work/sbom" ./packaging/sbom

for target in "${targets[@]}"; do
  export GOOS=${target%/*} GOARCH=${target#*/}
  name=kith_${version}_${GOOS}_$GOARCH
  cp -r "$common" "$work/$name"
  exe=kith
  [ "$GOOS" != windows ] || exe=kith.exe
  build "$work/$name/$exe" "${anew[@]}"
  "$work/sbom" "$work/$name/$exe" "$version" >"$out/$name.cdx.json"
  [ "$GOOS" = linux ] || rm -r "$work/$name/systemd"
  chmod -R u=rwX,go=rX "$work/$name"
  find "$work/$name" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  cd "$work"
  if [ "$GOOS" = windows ]; then
    rm -f "$out/$name.zip"
    find "$name" | sort | zip -q -X "$out/$name.zip" -@
  else
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar -c "$name" | gzip -n -9 >"$out/$name.tar.gz"
  fi
  cd src
  echo "$name"
done
cd "$out"
sha256sum "kith_${version}_"* >SHA256SUMS
