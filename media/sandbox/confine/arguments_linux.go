package confine

import "syscall"

// argument asks a process to confine itself and become another program.
const argument = "confined-exec"

// Args are the arguments, without the name, with which this program becomes the program at
// an absolute path, with arguments of its own. A process that cannot tells why on its standard
// error and exits with 126. The system refuses to start one whose arguments hold a zero byte.
func (b Bounds) Args(path string, args []string) []string {
	alone := uint64(0)
	if b.Alone {
		alone = 1
	}
	list := []string{argument}
	for _, n := range []uint64{b.Memory, b.FileSize, b.Seconds, alone, uint64(len(b.Read)), uint64(len(b.Write))} {
		list = append(list, format(n))
	}
	list = append(append(list, b.Read...), b.Write...)
	return append(append(list, path), args...)
}

// Question are the arguments with which this program exits with 0 at once: whether the
// system starts a process as the caller wants to.
func Question() []string { return []string{argument} }

// parse reads what Args has written behind the first of its arguments. A program has a path.
func parse(args []string) (b Bounds, program []string, ok bool) {
	var alone, read, write uint64
	for _, n := range []*uint64{&b.Memory, &b.FileSize, &b.Seconds, &alone, &read, &write} {
		if len(args) == 0 {
			return b, nil, false
		}
		if *n, ok = number(args[0]); !ok {
			return b, nil, false
		}
		args = args[1:]
	}
	left := uint64(len(args))
	if read > left || write > left-read || read+write == left {
		return b, nil, false
	}
	b.Alone = alone == 1
	b.Read, args = args[:read], args[read:]
	b.Write, args = args[:write], args[write:]
	return b, args, true
}

// format and number know decimal digits alone. The package strconv would be initialised
// after other modules.
func format(n uint64) string {
	digits := string(rune('0' + n%10))
	if n < 10 {
		return digits
	}
	return format(n/10) + digits
}

func number(s string) (n uint64, ok bool) {
	for _, r := range []byte(s) {
		digit := uint64(r - '0')
		if digit > 9 || n > (1<<64-1-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, s != ""
}

// arguments are those of this process; the package os, which knows them, is initialised
// later.
func arguments() (list []string) {
	fd, err := syscall.Open("/proc/self/cmdline", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var text []byte
	for buf := make([]byte, 4<<10); ; {
		n, err := syscall.Read(fd, buf)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			break
		}
		text = append(text, buf[:n]...)
	}
	start := 0
	for i, c := range text {
		if c == 0 { // each ends so
			list = append(list, string(text[start:i]))
			start = i + 1
		}
	}
	return list
}
