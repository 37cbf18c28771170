package main

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cost is what work took. The zero value is that of work that was not done.
type cost struct {
	times  []time.Duration // of CPU, user and system, each time it was done
	memory int64           // bytes, the peak of resident memory
}

// add takes the times of another round. The memory is that of the first run,
// which did the work once.
func (c *cost) add(other cost) {
	c.times = append(c.times, other.times...)
	if c.memory == 0 {
		c.memory = other.memory
	}
}

// cpu is the median of the times, zero when there are none.
func (c cost) cpu() time.Duration {
	if len(c.times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(c.times))
	return sorted[len(sorted)/2]
}

// errNotInstalled is a column that stays empty.
var errNotInstalled = errors.New("not installed")

// measureSelf runs a program that prints the CPU microseconds of each time it
// does its work, and then its peak memory in kilobytes.
func measureSelf(cmd *exec.Cmd) (cost, error) {
	if cmd.Path == "" {
		return cost{}, errNotInstalled
	}
	out, err := outputOf(cmd)
	if err != nil {
		return cost{}, err
	}
	return parseCosts(out)
}

func parseCosts(out []byte) (cost, error) {
	var c cost
	lines := strings.Fields(string(out))
	if len(lines) < 2 {
		return cost{}, fmt.Errorf("%q are no costs", out)
	}
	for i, line := range lines {
		n, err := strconv.ParseInt(line, 10, 64)
		if err != nil {
			return cost{}, fmt.Errorf("%q are no costs: %w", out, err)
		}
		if i == len(lines)-1 {
			c.memory = n << 10
		} else {
			c.times = append(c.times, time.Duration(n)*time.Microsecond)
		}
	}
	return c, nil
}

// measureProcess runs a program and takes what the kernel says of it and of
// the processes that it waited for.
func measureProcess(cmd *exec.Cmd) (cost, error) {
	if cmd.Path == "" {
		return cost{}, errNotInstalled
	}
	if _, err := outputOf(cmd); err != nil {
		return cost{}, err
	}
	return usageOf(cmd.ProcessState), nil
}

func outputOf(cmd *exec.Cmd) ([]byte, error) {
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("%s: %w: %s", cmd.Path, err, exit.Stderr)
	}
	return out, err
}
