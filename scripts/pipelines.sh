#!/usr/bin/env bash
# Run the configurations of docs/pipelines.md unchanged on the sample events over the
# loopback interface, and compare their output with that of `kith enrich` for the same
# file. Programs that are not installed are skipped with a message.
#
#   scripts/pipelines.sh [syslog-ng] [rsyslog] [kcat] [kafka]
#
# RSYSLOGD and RSYSLOG_MODULES select another rsyslogd and the folder of its modules.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
work=$(mktemp -d)
started=()
stop() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  started=()
}
trap 'stop; rm -rf "$work"' EXIT

# block NAME prints the code block of the page that follows <!-- NAME -->, with the folders
# and ports of this run.
block() {
  awk -v mark="<!-- $1 -->" '$0 == mark {on = 1; next} on == 1 && /^```/ {on = 2; next} on == 2 && /^```/ {exit} on == 2' docs/pipelines.md |
    sed -e "s#/etc/kith#$work/etc#g" -e "s#/var/log/kith#$work/log#g" -e "s#/usr/local/bin#$work/bin#g" \
      -e "s#5514#$((port + 1))#; s#5515#$((port + 2))#; s#127.0.0.1:9092#127.0.0.1:$((port + 3))#g"
}

# free succeeds if no process listens on a port of this machine.
free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port=$((20000 + RANDOM % 20000))
until free $((port + 1)) && free $((port + 2)) && free $((port + 3)); do port=$((port + 10)); done

listens() { # PORT
  for _ in {1..100}; do
    free "$1" || return 0
    sleep 0.1
  done
  echo "nothing listens on port $1"
  return 1
}

# settled waits until the file has the expected number of lines, for at most 15 s.
settled() { # FILE
  local want
  want=$(wc -l <"$work/expected")
  for _ in {1..150}; do
    [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$want" ] && return 0
    sleep 0.1
  done
}

same() { # NAME FILE
  if cmp -s "$work/expected" "$2"; then
    echo "$1: ok, $(wc -l <"$2") events"
  else
    echo "$1: FAILED"
    diff "$work/expected" "$2" | head -5
    return 1
  fi
}

prepare() {
  mkdir -p "$work/bin" "$work/etc" "$work/log"
  go build -o "$work/bin/kith" ./cmd/kith || return
  (cd examples/kafka && go build -o "$work/bin/" . ./broker) || return
  export PATH=$work/bin:$PATH
  cp testdata/acme/*.csv testdata/acme/kith.yaml "$work/etc"
  block kith-enrich >"$work/bin/kith-enrich"
  chmod +x "$work/bin/kith-enrich"
  # syslog-ng removes a CR at the end of a line.
  cat testdata/acme/events/{cim,ecs,windows,zeek}.ndjson | tr -d '\r' >"$work/events"
  kith enrich --config "$work/etc/kith.yaml" --format auto --quiet "$work/events" >"$work/expected"
}

# over_tcp starts a daemon with these arguments and sends the events to it.
over_tcp() { # NAME PORT COMMAND…
  local name=$1 at=$2
  shift 2
  rm -f "$work/log/enriched.ndjson"
  "$@" >"$work/$name.log" 2>&1 &
  started+=($!)
  listens "$at" || { cat "$work/$name.log"; return 1; }
  cat "$work/events" >"/dev/tcp/127.0.0.1/$at"
  settled "$work/log/enriched.ndjson"
  stop
  same "$name" "$work/log/enriched.ndjson" || { cat "$work/$name.log"; return 1; }
}

run_syslog-ng() {
  command -v syslog-ng >/dev/null || { echo "syslog-ng: not installed, skipped"; return 0; }
  block syslog-ng.conf >"$work/syslog-ng.conf"
  over_tcp syslog-ng $((port + 1)) syslog-ng -F -f "$work/syslog-ng.conf" \
    -R "$work/syslog-ng.persist" -p "$work/syslog-ng.pid" -c "$work/syslog-ng.ctl" --no-caps
}

run_rsyslog() {
  local rsyslogd=${RSYSLOGD:-$(command -v rsyslogd)}
  [ -n "$rsyslogd" ] || { echo "rsyslog: not installed, skipped"; return 0; }
  block rsyslog.conf >"$work/rsyslog.conf"
  over_tcp rsyslog $((port + 2)) "$rsyslogd" -n -f "$work/rsyslog.conf" -i "$work/rsyslogd.pid" ${RSYSLOG_MODULES:+-M "$RSYSLOG_MODULES"}
}

broker() {
  "$work/bin/broker" -port $((port + 3)) events enriched >"$work/broker.log" 2>&1 &
  started+=($!)
  listens $((port + 3))
}

run_kcat() {
  command -v kcat >/dev/null || { echo "kcat: not installed, skipped"; return 0; }
  local at=127.0.0.1:$((port + 3))
  broker || return
  kcat -P -b "$at" -t events <"$work/events"
  bash -c "$(block kcat)"
  kcat -C -b "$at" -t enriched -e -q >"$work/kcat.out"
  stop
  same kcat "$work/kcat.out"
}

# The example does not read a configuration file, so its output is compared with that of the
# command without one.
run_kafka() {
  (cd examples/kafka && go test -count=1 .) || return
  command -v kcat >/dev/null || { echo "kafka: kcat is not installed, only the tests were run"; return 0; }
  local at=127.0.0.1:$((port + 3))
  broker || return
  kcat -P -b "$at" -t events <"$work/events"
  bash -c "exec $(block kafka)" &
  started+=($!)
  timeout 20 kcat -C -b "$at" -t enriched -o beginning -c "$(wc -l <"$work/events")" -q >"$work/kafka.out"
  stop
  kith enrich --assets "$work/etc/assets.csv" --identities "$work/etc/identities.csv" --format auto --quiet "$work/events" >"$work/expected"
  same kafka "$work/kafka.out"
}

all=(syslog-ng rsyslog kcat kafka)
[ $# -gt 0 ] && all=("$@")
prepare || exit 1
failed=0
for p in "${all[@]}"; do "run_$p" || failed=1; done
exit $failed
