// Package bench measures Kith: each data structure, and the complete path from lists to
// enriched events. README.md contains the results and explains how they were measured.
// The module in rivals compares Kith with other packages, and tools.sh compares it with
// other programs.
//
//	go test -run '^$' -bench . -benchtime 1s ./bench
//
// Environment variables set the sizes. The defaults are for a quick check; the results in
// README.md were measured with larger sizes:
//
//	KITH_BENCH_ASSETS  number of assets, rows and names (default 100000, README 1000000)
//	KITH_BENCH_SCALE   largest table of the scale benchmarks (default 100000, README 10000000)
//	KITH_BENCH_SOAK    number of events of the soak (default none, README 50000000)
//
// Data that several benchmarks need is generated once per process. Benchmarks look up many
// different keys (2^18 or more), because one key in a loop would measure the branch
// predictor.
package bench
