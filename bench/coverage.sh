#!/usr/bin/env bash
# Compares how much of public events the presets of two commits read, and writes the table
# in results/presets.md:
#
#   bench/coverage.sh DATA [OLD]
#
# DATA is a folder with mordor/zeek.ndjson.gz, mordor/windows_sample.ndjson.gz,
# mordor/aws_cloudtrail.ndjson, mordor/assets.csv, mordor/identities.csv and
# cloudtrail/stratus_detonation.ndjson.gz. OLD is the commit to compare with.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '5p' "$0"; exit 2; }
data=$(realpath "$1") old=${2:-127636f}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'git worktree remove --force "$work/old" 2>/dev/null || true; rm -rf "$work"' EXIT

# The lists: the hosts and accounts of the labs, the networks of private addresses and of
# addresses for examples, people of the samples, and the accounts that the CloudTrail records
# of stratus-red-team name.
{
  cat "$data/mordor/assets.csv"
  printf '%s,,,\n' 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 198.51.100.0/24 203.0.113.0/24 2001:db8::/32
} >"$work/assets.csv"
{
  cat "$data/mordor/identities.csv"
  printf '%s,,\n' 'jdoe|jdoe-corp|jdoe@corp.example' 'ann|ann-corp|ann@corp.example' adm1@corp.example
  gzip -dc "$data/cloudtrail/stratus_detonation.ndjson.gz" |
    jq -r '.userIdentity | .userName, .sessionContext.sessionIssuer.userName | select(. != null and . != "") | . + ",,"' | sort -u
} >"$work/identities.csv"

# measure SAMPLES prints a line for each file and format of the commit in this folder.
measure() {
  local args=()
  for f in "$1"/*/*.ndjson; do args+=("$(basename "$(dirname "$f")")" "$f"); done
  go run ./bench/coverage -assets "$work/assets.csv" -identities "$work/identities.csv" \
    windows "$data/mordor/windows_sample.ndjson.gz" zeek "$data/mordor/zeek.ndjson.gz" \
    cloudtrail "$data/mordor/aws_cloudtrail.ndjson" cloudtrail "$data/cloudtrail/stratus_detonation.ndjson.gz" \
    "${args[@]}"
}

git worktree add --quiet --detach "$work/old" "$old"
mkdir -p "$work/old/bench/coverage"
cp bench/coverage/main.go "$work/old/bench/coverage/"
samples=$PWD/event/testdata/samples
(cd "$work/old" && measure "$samples") >"$work/before"
measure "$samples" >"$work/after"
{
  cat <<'END'
# Events that the presets read

The share of the events from which a candidate is read for at least one role, and in which at least
one role matches, before → after. `bench/coverage.sh DATA` writes this page; the first four files are
those of the folder that it is given, and the others are in `event/testdata/samples`.

The lists are the hosts and accounts of the labs in which the Windows and Zeek events were recorded,
the networks of private addresses and of addresses for examples, three people of the samples, and
the names of the roles and users in the CloudTrail records. The Zeek events from which nothing is
read name neither a machine nor an account: 960 of `loaded_scripts`, 390 of `x509`, 65 of `reporter`
and 55 others.

| file | format | events | read | matched |
|---|---|---:|---:|---:|
END
  awk -F '\t' '
    function change(a, b) { return a == "" ? "– → " b : a == b ? b : a " → " b }
    NR == FNR { read[$1, $2] = $4; matched[$1, $2] = $5; next }
    { printf "| %s | %s | %d | %s | %s |\n", $1, $2, $3, change(read[$1, $2], $4), change(matched[$1, $2], $5) }
  ' "$work/before" "$work/after"
} >bench/results/presets.md
cat bench/results/presets.md
