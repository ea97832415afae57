#!/usr/bin/env bash
# Make a module proxy from the checkout: a folder for GOPROXY=file://…, with which
# `go get` and `go install …@version` can be tried before a version is published and
# without a network.
#
#   scripts/fsproxy.sh DIR [VERSION [COMMIT]]
#
# VERSION defaults to the commit's pseudo-version, COMMIT to HEAD. Prints the
# version. The layout is that of https://go.dev/ref/mod#goproxy-protocol.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

commit=$(git rev-parse --verify "${3:-HEAD}^{commit}")
module=$(git show "$commit:go.mod" | sed -n 's/^module //p')
seconds=$(git show -s --format=%ct "$commit")
version=${2:-v0.0.0-$(date -u -d "@$seconds" +%Y%m%d%H%M%S)-${commit:0:12}}

# A folder with its own go.mod is another module and must not be in the zip.
exclude=()
while IFS= read -r mod; do
  exclude+=(":(exclude)${mod%/go.mod}")
done < <(git ls-tree -r --name-only "$commit" | grep '/go\.mod$')

at=$dir/$module/@v
mkdir -p "$at"
git show "$commit:go.mod" >"$at/$version.mod"
printf '{"Version":"%s","Time":"%s"}\n' "$version" "$(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%SZ)" >"$at/$version.info"
cp "$at/$version.info" "$dir/$module/@latest"
git archive --format=zip --prefix="$module@$version/" -o "$at/$version.zip" "$commit" -- . "${exclude[@]}"
for info in "$at"/*.info; do basename "$info" .info; done >"$at/list"
echo "$version"
