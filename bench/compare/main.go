// Command compare reports whether one build of the benchmarks is slower than another. It
// runs the two test binaries alternately and computes, for every benchmark, the ratio of
// each pair of runs:
//
//	go test -c -o old.test ./bench    # at the old commit
//	go test -c -o new.test ./bench    # at the new one
//	go run ./bench/compare -bench 'Enrich$' -metric ev/cpu-s ./old.test ./new.test
//
// A ratio is the time of the new build divided by that of the old one. For rates it is the
// inverse, so that more than 1 always means slower. The result is the median of the ratios
// with its 95 % confidence interval, by bootstrap. The command exits with status 1 if the
// upper end of an interval is above -limit and the interval is not wider than -width.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

type options struct {
	pairs        int
	bench        string
	benchtime    string
	metric       string
	limit, width float64
}

func main() {
	var o options
	flag.IntVar(&o.pairs, "n", 15, "pairs of runs")
	flag.StringVar(&o.bench, "bench", ".", "benchmarks to run, as in go test")
	flag.StringVar(&o.benchtime, "benchtime", "200ms", "time per benchmark, as in go test")
	flag.StringVar(&o.metric, "metric", "ns/op", "unit of the metric to compare; a unit that ends in /s or -s is a rate")
	flag.Float64Var(&o.limit, "limit", 1.03, "the largest ratio that does not count as a slowdown")
	flag.Float64Var(&o.width, "width", 0.04, "a wider interval is too noisy to count")
	flag.Parse()
	if flag.NArg() != 2 || o.pairs < 1 {
		flag.Usage()
		os.Exit(2)
	}
	slower, err := compareBuilds(o, flag.Arg(0), flag.Arg(1))
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	}
	if slower {
		os.Exit(1)
	}
}

func compareBuilds(o options, before, after string) (slower bool, err error) {
	ratios := map[string][]float64{}
	var names []string // in the order of their first run
	for pair := range o.pairs {
		binaries := []string{before, after}
		if pair%2 == 1 {
			slices.Reverse(binaries)
		}
		results := map[string]map[string]float64{}
		for _, binary := range binaries {
			if results[binary], err = runBenchmarks(o, binary, &names); err != nil {
				return false, err
			}
		}
		for name, old := range results[before] {
			if now, both := results[after][name]; both {
				ratios[name] = append(ratios[name], timeRatio(o.metric, old, now))
			}
		}
	}
	fmt.Printf("| benchmark | new/old, %s | 95 %% | |\n|---|---|---|---|\n", o.metric)
	for _, name := range names {
		if len(ratios[name]) == 0 {
			continue
		}
		low, high := bootstrapInterval(ratios[name])
		verdict := "ok"
		switch {
		case high <= o.limit:
		case high-low > o.width:
			verdict = "too noisy"
		default:
			verdict, slower = "slower", true
		}
		fmt.Printf("| %s | %.3f | %.3f–%.3f | %s |\n", name, median(ratios[name]), low, high, verdict)
	}
	return slower, nil
}

// runBenchmarks runs the benchmarks of a binary and returns the metric of each. It appends
// new names to names.
func runBenchmarks(o options, binary string, names *[]string) (map[string]float64, error) {
	cmd := exec.Command(binary, "-test.run", "^$", "-test.bench", o.bench, "-test.benchtime", o.benchtime, "-test.timeout", "0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", binary, err)
	}
	results := map[string]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		name, value, ok := parseResult(lines.Text(), o.metric)
		if !ok {
			continue
		}
		results[name] = value
		if !slices.Contains(*names, name) {
			*names = append(*names, name)
		}
	}
	return results, nil
}

// parseResult parses a line of benchmark output: name, number of runs, and values with
// their units. It reports whether the line has the metric.
func parseResult(line, metric string) (name string, value float64, ok bool) {
	words := strings.Fields(line)
	if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
		return "", 0, false
	}
	for i := 2; i+1 < len(words); i += 2 {
		if words[i+1] == metric {
			value, err := strconv.ParseFloat(words[i], 64)
			return words[0], value, err == nil
		}
	}
	return "", 0, false
}

// timeRatio returns the time of the new build divided by that of the old one.
func timeRatio(metric string, before, after float64) float64 {
	if strings.HasSuffix(metric, "/s") || strings.HasSuffix(metric, "-s") {
		return before / after
	}
	return after / before
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// bootstrapInterval returns the 95 % confidence interval of the median, by bootstrap with
// a fixed seed.
func bootstrapInterval(values []float64) (low, high float64) {
	const resamples = 10_000
	random := rand.New(rand.NewPCG(1, 2))
	medians := make([]float64, resamples)
	sample := make([]float64, len(values))
	for i := range medians {
		for j := range sample {
			sample[j] = values[random.IntN(len(values))]
		}
		medians[i] = median(sample)
	}
	slices.Sort(medians)
	return medians[resamples*25/1000], medians[resamples*975/1000]
}
