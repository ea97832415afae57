#!/usr/bin/env bash
# Measures everything in README.md, keeps the raw output in results/ and writes the tables
# into README.md, between their markers. Use a machine without other load:
#
#   bench/run.sh                    everything, at full size: about half an hour
#   bench/run.sh lookup scale       these sections only
#   QUICK=1 bench/run.sh            small sizes and few rounds, to check that everything works
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
mkdir -p results || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

if [ "${QUICK:-}" = 1 ]; then
  assets=100000 scale=100000 soak=2000000 rounds=3 budget=20ms keys=262144 count=3 benchtime=50ms tools="50000 20000 1"
else
  assets=1000000 scale=10000000 soak=50000000 rounds=7 budget=20ms keys=262144 count=5 benchtime=200ms tools="300000 100000 3"
fi
assets=${KITH_BENCH_ASSETS:-$assets} scale=${KITH_BENCH_SCALE:-$scale} soak=${KITH_BENCH_SOAK:-$soak}
export KITH_BENCH_ASSETS=$assets KITH_BENCH_SCALE=$scale

# put NAME writes results/NAME.md between the markers of README.md.
put() {
  awk -v name="$1" -v file="results/$1.md" '
    $0 == "<!-- end " name " -->" { inside = 0 }
    !inside { print }
    $0 == "<!-- begin " name " -->" {
      inside = 1
      print ""
      while ((getline line < file) > 0) print line
      print ""
    }' README.md >"$work/README.md" && cat "$work/README.md" >README.md
}

# rivals NAME COMMAND [FLAG…] prints a table, and draws NAME.svg.
rivals() {
  local name=$1 command=$2
  shift 2
  local flags=(-assets "$assets" -rounds "$rounds" -budget "$budget" -keys "$keys" "$@")
  (cd rivals && go build -o "$work/rivals-$name" .) || return
  (cd rivals && "$work/rivals-$name" "$command" -markdown "${flags[@]}" -svg "../results/$name.svg" -raw "../results/$name.txt") >"$work/$name.md" || return
  { printf '`go run . %s %s` in `bench/rivals`\n\n' "$command" "${flags[*]}" && cat "$work/$name.md"; } >"results/$name.md"
}

# gobench NAME REGEXP [BENCHTIME [COUNT]] runs benchmarks of the package in this folder.
gobench() {
  local name=$1 expr=$2
  local flags=(-benchtime "${3:-$benchtime}" -count "${4:-$count}")
  go test -run '^$' -bench "$expr" -timeout 3h "${flags[@]}" . | tee "results/$name.txt" >&2 || return
  { print_command "$expr" "${flags[*]}" && (cd rivals && go run . gobench "../results/$name.txt"); } >"results/$name.md"
}

# print_command REGEXP FLAGS prints the command for users.
print_command() {
  printf '```sh\nKITH_BENCH_ASSETS=%s go test -run - -bench '\''%s'\'' \\\n  %s ./bench\n```\n\n' "$assets" "$1" "$2"
}

machine() {
  {
    echo "| | |"
    echo "|---|---|"
    echo "| date | $(date -u +%F) |"
    echo "| commit | $(git rev-parse --short HEAD 2>/dev/null || echo unknown) |"
    echo "| processor | $(sed -n 's/^model name[^:]*: //p;' /proc/cpuinfo | head -n 1), $(nproc) cores |"
    command -v lscpu >/dev/null && lscpu -C=NAME,ONE-SIZE 2>/dev/null | awk 'NR > 1 { c = c (c ? ", " : "") $1 " " $2 } END { print "| caches | " c " |" }'
    echo "| memory | $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo) |"
    echo "| system | $(uname -sr) |"
    echo "| Go | $(go version | awk '{ print $3, $4 }'), GOAMD64=$(go env GOAMD64) |"
    echo "| load before | $(cut -d ' ' -f 1-3 /proc/loadavg) |"
    echo "| settings | ${QUICK:+QUICK=1: }$assets assets, $rounds rounds of $budget in rivals, $count runs of $benchtime of every benchmark |"
  } | tee results/machine.txt >results/machine.md
}

lookup() { rivals lookup lookup; }
names() { rivals names names; }
json() { rivals json json; }
jsonv2() { GOEXPERIMENT=jsonv2 rivals jsonv2 json; }
csv() { rivals csv csv; }
tables() { gobench tables '^Benchmark(Lookup|Covering|ReadCSV)'; }
enrich() { gobench enrich '^Benchmark(Enrich|AppendJSON|Map)'; }
lists() { gobench lists '^Benchmark(Merge|Job|Start|NewTable|Snapshot)' 1x; }
scale() { gobench scale '^BenchmarkScale'; }
risk() { gobench risk '^BenchmarkRisk'; }
onepass() { gobench onepass '^BenchmarkEnrichRisk' 1x 1; }
soak() { KITH_BENCH_SOAK=$soak gobench soak '^BenchmarkSoak' 1x 1; }
# alternate NAME REGEXP FILE:VARIABLE… runs the same benchmarks alternately with several
# settings of an environment variable, and writes the output to a file for each.
alternate() {
  local name=$1 expr=$2 way
  shift 2
  for way in "$@"; do : >"results/${way%%:*}.txt" || return; done
  for _ in $(seq "$count"); do
    for way in "$@"; do
      env "${way#*:}" go test -run '^$' -bench "$expr" -benchtime "$benchtime" -timeout 3h . | tee -a "results/${way%%:*}.txt" >&2 || return
    done
  done
  local files=("$@")
  files=("${files[@]%%:*}")
  files=("${files[@]/#/../results/}")
  { print_command "$expr" "-benchtime $benchtime" && (cd rivals && go run . gobench "${files[@]/%/.txt}"); } >"results/$name.md"
}
v3() { alternate v3 '^Benchmark(LookupAddr|LookupName|ReadCSV|AppendJSON)$' v1:GOAMD64=v1 v3:GOAMD64=v3; }
kernel() {
  alternate kernel '^BenchmarkEnrich$/././workers=1/out=null' avx2:GOFLAGS= purego:GOFLAGS=-tags=purego
}
tools() {
  # shellcheck disable=SC2086 # three words
  ./tools.sh $tools >results/tools.txt && { printf '`bench/tools.sh %s`\n\n' "$tools" && cat results/tools.txt; } >results/tools.md
}

all=(machine lookup names json jsonv2 csv tables enrich lists scale risk onepass soak kernel v3 tools)
[ $# -gt 0 ] && all=("$@")
failed=()
for section in "${all[@]}"; do
  printf '== %s\n' "$section" >&2
  begin=$SECONDS
  if "$section" && put "$section"; then
    printf -- '-- %s: %d s\n' "$section" $((SECONDS - begin)) >&2
  else
    failed+=("$section")
  fi
done
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[*]}" >&2
  exit 1
fi
