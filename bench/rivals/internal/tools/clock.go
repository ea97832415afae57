package tools

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// Timed contains the time and memory that runs of a program took.
type Timed struct {
	Load   time.Duration   // processor time without events: reading the lists
	Steady []time.Duration // processor time of the events, one for each run, ascending
	Memory int64           // peak resident bytes; 0 if the system does not report it
}

// Time runs a command with events on its standard input and without events. The
// difference is the time for the events, without that for reading the lists.
func Time(command []string, input, output string, runs int) (t Timed, err error) {
	var loads, wholes []time.Duration
	for range runs {
		for _, in := range []string{os.DevNull, input} {
			spent, memory, err := runOnce(command, in, output)
			if err != nil {
				return t, fmt.Errorf("%s: %w", command[0], err)
			}
			t.Memory = max(t.Memory, memory)
			if in == input {
				wholes = append(wholes, spent)
			} else {
				loads = append(loads, spent)
			}
		}
	}
	slices.Sort(loads)
	slices.Sort(wholes)
	t.Load = loads[len(loads)/2]
	for _, w := range wholes {
		t.Steady = append(t.Steady, max(w-t.Load, time.Millisecond))
	}
	return t, nil
}

func runOnce(command []string, input, output string) (spent time.Duration, memory int64, err error) {
	in, err := os.Open(input)
	if err != nil {
		return 0, 0, err
	}
	defer in.Close()
	out, err := os.Create(output)
	if err != nil {
		return 0, 0, err
	}
	defer out.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, os.Stderr
	if err := cmd.Run(); err != nil {
		return 0, 0, err
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), maxResident(cmd.ProcessState), nil
}

// Row returns a row of the Markdown table: events per second of processor time (median,
// least and greatest), time for loading, and memory.
func (t Timed) Row(name string, events int, verdict string) string {
	rate := func(d time.Duration) string {
		r := float64(events) / d.Seconds()
		if r >= 1e6 {
			return fmt.Sprintf("%.2f M", r/1e6)
		}
		return fmt.Sprintf("%.1f k", r/1e3)
	}
	n := len(t.Steady)
	return fmt.Sprintf("| %s | %s (%s–%s) | %.2f | %d | %s |", name,
		rate(t.Steady[n/2]), rate(t.Steady[n-1]), rate(t.Steady[0]), t.Load.Seconds(), t.Memory>>20, verdict)
}
