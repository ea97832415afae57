// Package bench measures Kith: each data structure, and the whole way from lists to
// enriched events. README.md has the results and how they were measured; rivals, a
// module of its own, measures the same against other packages, and tools.sh against
// other programs.
//
//	go test -run '^$' -bench . -benchtime 1s ./bench
//
// Sizes come from the environment, so that a quick check takes little time:
//
//	KITH_BENCH_ASSETS  assets, rows and names (default 100000; the tables use 1000000)
//	KITH_BENCH_SCALE   up to how many entries the curves go (default 100000; the tables use 10000000)
//	KITH_BENCH_SOAK    events of the soak (default none; the table uses 50000000)
//
// A set-up is made once a process, whichever benchmarks need it. Keys are many
// and different (2^18 or more): one key in a loop measures the branch predictor.
package bench
