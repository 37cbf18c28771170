//go:build !linux

package main

import (
	"errors"
	"os"
	"time"
)

// Only Linux tells what is measured here.
var errNotLinux = errors.New("measures on Linux only")

func usageOf(*os.ProcessState) cost { return cost{} }

func childrenCPU() time.Duration { return 0 }

func forgetPeak() {}

func cpuOfProcesses(...int) (time.Duration, error) { return 0, errNotLinux }

func childrenOf(int) ([]int, error) { return nil, errNotLinux }
