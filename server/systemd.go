package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"postern/media/notify"
)

// notifySystemd tells the service manager that started this process how it does:
// READY=1, RELOADING=1, STOPPING=1, WATCHDOG=1 (sd_notify(3)). Without one, it does
// nothing.
func notifySystemd(getenv func(string) string, state string) error {
	path := getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	if abstract, ok := strings.CutPrefix(path, "@"); ok {
		path = "\x00" + abstract
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}

// watchdogInterval is how often the service manager wants a sign of life; 0: never.
// It is half of what it waits.
func watchdogInterval(getenv func(string) string) time.Duration {
	if pid := getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	microseconds, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || microseconds <= 0 {
		return 0
	}
	return time.Duration(microseconds) * time.Microsecond / 2
}

// keepWatchdog gives signs of life until ctx ends, as long as alive says so: a
// process that hangs is killed and started again.
func keepWatchdog(ctx context.Context, getenv func(string) string, alive func(context.Context) error, log *slog.Logger) {
	interval := watchdogInterval(getenv)
	if interval == 0 {
		return
	}
	sign := func() {
		bounded, cancel := context.WithTimeout(ctx, interval)
		err := alive(bounded)
		cancel()
		if err == nil {
			err = notifySystemd(getenv, "WATCHDOG=1")
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("no sign of life", "error", err)
		}
	}
	sign()
	notify.Every(ctx, interval, sign)
}

// firstPassedFile is the descriptor of the first socket that systemd passes
// (sd_listen_fds(3)).
const firstPassedFile = 3

// passedListeners are the sockets that systemd has opened for this process; none
// if it has not.
func passedListeners(getenv func(string) string) (all []net.Listener, err error) {
	if getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	count, err := strconv.Atoi(getenv("LISTEN_FDS"))
	if err != nil {
		return nil, fmt.Errorf("LISTEN_FDS: %w", err)
	}
	for fd := firstPassedFile; fd < firstPassedFile+count; fd++ {
		file := os.NewFile(uintptr(fd), "socket of systemd")
		one, err := net.FileListener(file)
		file.Close()
		if err != nil {
			closeAll(all)
			return nil, fmt.Errorf("a socket of systemd: %w", err)
		}
		all = append(all, one)
	}
	return all, nil
}
