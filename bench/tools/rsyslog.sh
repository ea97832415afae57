#!/usr/bin/env bash
# rsyslog as a filter: rsyslog.sh DIR RSYSLOGD [MODULES]. rsyslog cannot read standard
# input and does not stop at its end. Therefore the events are read from a file with one
# more event at its end, and rsyslog is stopped when that event is in the output.
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
