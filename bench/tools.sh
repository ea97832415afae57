#!/usr/bin/env bash
# Compares `kith enrich` with other programs, on the same events and the same list: three
# lookups by exact key, ignoring case, which add five fields each. Prints the table of
# README.md, which also explains it.
#
#   bench/tools.sh [EVENTS [ASSETS [RUNS]]]        default 200000 100000 3
#
# Missing tools are fetched from Debian and npm. Packages are installed on the system
# (apt-get install) only with KITH_TOOLS_INSTALL=1. Everything else is written to the
# folder KITH_TOOLS_DIR, by default $TMPDIR/kith-tools, and kept there, so that the next run
# is faster.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
here=$PWD
events=${1:-200000} assets=${2:-100000} runs=${3:-3}
work=${KITH_TOOLS_DIR:-${TMPDIR:-/tmp}/kith-tools}
mkdir -p "$work/npm" "$work/deb" || exit 1
work=$(cd "$work" && pwd)
missing=()
say() { printf '%s\n' "$*" >&2; }

# need COMMAND PACKAGE… succeeds if the command exists or could be installed.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return 0
  if [ "${KITH_TOOLS_INSTALL:-}" = 1 ] && command -v apt-get >/dev/null; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
    command -v "$command" >/dev/null && return 0
  fi
  missing+=("$command (Debian: $*)")
  return 1
}

# unpacked PACKAGE… unpacks Debian packages without installing them.
unpacked() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
  (cd "$work/deb" && apt-get download -qq "$@" >&2 && for f in ./*.deb; do dpkg -x "$f" unpacked || exit 1; done)
}

row() { # row NAME COMMAND…
  local name=$1
  shift
  say "$name …"
  "$work/rivals" time -name "$name" -in "$work/events.ndjson" -want "$work/want.ndjson" -out "$work/out" -runs "$runs" -- "$@" ||
    missing+=("$name (failed)")
}

say "building programs and generating $events events about $assets assets in $work"
(cd rivals && go build -o "$work/rivals" .) || exit 1
(cd .. && go build -o "$work/kith" ./cmd/kith) || exit 1
"$work/rivals" make -dir "$work" -assets "$assets" -events "$events" || exit 1
cd "$work" || exit 1
fields=priority,bunit,owner,city,country
"$work/kith" enrich -q --assets assets.csv --fields $fields events.ndjson >want.ndjson || exit 1

echo "| tool | events/s of processor time (least–greatest) | load, s | memory, MB | events against Kith's |"
echo "|---|---:|---:|---:|---|"
row "**kith enrich**, one worker" ./kith enrich -q --assets assets.csv --fields $fields --workers 1
row "**kith enrich**, a worker a core" ./kith enrich -q --assets assets.csv --fields $fields

need mawk mawk &&
  row "mawk ($(mawk -W version 2>&1 | awk 'NR == 1 { print $2 }')), splicing text" mawk -v keys=keys.tsv -f "$here/tools/enrich.awk"
need node nodejs &&
  row "node ($(node --version))" node "$here/tools/enrich.mjs" keys.json
need python3 python3 &&
  row "python3 ($(python3 -c 'import platform; print(platform.python_version())'))" python3 "$here/tools/enrich.py" keys.json
need jq jq &&
  row "jq ($(jq --version))" jq -c --slurpfile keys keys.json -f "$here/tools/enrich.jq"
need mlr miller &&
  row "Miller ($(mlr --version | awk '{ print $NF }')), join" mlr --ijsonl --ojsonl \
    put '$_src=tolower($src); $_dest=tolower($dest); $_dvc=tolower($dvc)' \
    then join -i csv --ur -j _src -l key -r _src -f src.csv \
    then join -i csv --ur -j _dest -l key -r _dest -f dest.csv \
    then join -i csv --ur -j _dvc -l key -r _dvc -f dvc.csv \
    then cut -x -f _src,_dest,_dvc

if command -v npm >/dev/null && { [ -d npm/node_modules/@duckdb ] || npm install --silent --no-audit --no-fund --prefix npm @duckdb/node-api >&2; }; then
  cp "$here/tools/duckdb.mjs" npm/
  printf '#!/bin/sh\ncat >in.ndjson && node npm/duckdb.mjs keys.csv in.ndjson out.ndjson && cat out.ndjson\n' >duckdb.sh
  version=$(node -p 'require("./npm/node_modules/@duckdb/node-api/package.json").version')
  row "DuckDB ($version), three joins, one thread" sh ./duckdb.sh
else
  missing+=("DuckDB (npm: @duckdb/node-api)")
fi

if need syslog-ng syslog-ng-core syslog-ng-mod-add-contextual-data; then
  sed "s|DIR|$work|" "$here/tools/syslog-ng.conf" >syslog-ng.conf
  if syslog-ng --syntax-only --no-caps -f syslog-ng.conf >&2; then
    row "syslog-ng ($(syslog-ng --version | sed -n 's/.*(\(.*\)).*/\1/p;1q')), add-contextual-data" \
      sh -c 'cat | syslog-ng -F --no-caps -f syslog-ng.conf -R syslog-ng.persist -p syslog-ng.pid -c syslog-ng.ctl' # syslog-ng needs a pipe
  else
    missing+=("add-contextual-data (Debian: syslog-ng-mod-add-contextual-data)")
  fi
fi

# The Debian packages of syslog-ng and rsyslog conflict, so rsyslog is only unpacked.
if command -v rsyslogd >/dev/null; then
  row "rsyslog, lookup tables" "$here/tools/rsyslog.sh" "$work" rsyslogd
elif [ -x deb/unpacked/usr/sbin/rsyslogd ] || unpacked rsyslog libestr0 libfastjson4 liblognorm5; then
  lib=$(dirname "$(find "$work/deb/unpacked" -name 'libestr.so.0' | head -n 1)")
  version=$(LD_LIBRARY_PATH=$lib deb/unpacked/usr/sbin/rsyslogd -v | awk 'NR == 1 { print $2 }')
  row "rsyslog ($version), lookup tables" env LD_LIBRARY_PATH="$lib" "$here/tools/rsyslog.sh" "$work" "$work/deb/unpacked/usr/sbin/rsyslogd" "$lib/rsyslog"
else
  missing+=("rsyslogd (Debian: rsyslog)")
fi

echo
echo "n = $runs runs; $events events of $(($(wc -c <events.ndjson) / events)) bytes, $assets assets, $(wc -l <keys.tsv) keys; standard input to a file. Load is the processor time without events; it is subtracted."
if [ ${#missing[@]} -gt 0 ]; then
  echo
  printf 'Not available or failed: %s\n' "$(printf '%s; ' "${missing[@]}" | sed 's/; $//')."
fi
