#!/usr/bin/env bash
# rsyslog as a filter: rsyslog.sh DIR RSYSLOGD [MODULES]. It has no standard
# input and no end, so events go through a file, one more is put behind them, and
# it is stopped when that one came out.
set -euo pipefail
dir=$1 rsyslogd=$2 modules=${3:-}
run=$(mktemp -d "$dir/rsyslog.XXXXXX")
trap 'rm -rf "$run"' EXIT
cat >"$run/in"
events=$(wc -l <"$run/in")
echo '{"uid":"the last"}' >>"$run/in"
: >"$run/out"
sed "s|DIR|$dir|; s|INPUT|$run/in|; s|OUTPUT|$run/out|" "$(dirname "$0")/rsyslog.conf" |
  sed "s|workDirectory=\"[^\"]*\"|workDirectory=\"$run\"|" >"$run/conf"
"$rsyslogd" -n -f "$run/conf" -i "$run/pid" ${modules:+-M "$modules"} </dev/null >&2 &
pid=$!
for _ in $(seq 600); do
  kill -0 "$pid" 2>/dev/null || break
  grep -q '"the last"' < <(tail -n 1 "$run/out") && break
  sleep 0.5
done
kill -TERM "$pid" 2>/dev/null || true
wait "$pid" || true
grep -q '"the last"' < <(tail -n 1 "$run/out") || exit 1
head -n "$events" "$run/out"
