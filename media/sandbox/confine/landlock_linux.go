package confine

import (
	"syscall"
	"unsafe"
)

// System calls and flags of Landlock (linux/landlock.h), which the standard library does
// not have.
const (
	sysCreateRuleset = 444
	sysAddRule       = 445
	sysRestrictSelf  = 446

	createRulesetVersion = 1 // LANDLOCK_CREATE_RULESET_VERSION
	rulePathBeneath      = 1 // LANDLOCK_RULE_PATH_BENEATH

	openPath = 0x200000 // O_PATH, asm-generic/fcntl.h
)

// Rights to files (LANDLOCK_ACCESS_FS_...).
const (
	execute uint64 = 1 << iota
	writeFile
	readFile
	readDir
	removeDir
	removeFile
	makeChar
	makeDir
	makeReg
	makeSock
	makeFIFO
	makeBlock
	makeSym
	refer    // since version 2
	truncate // since version 3
	ioctlDev // since version 5
)

// What a program may do to what it may read, or write.
const (
	readRights  = execute | readFile | readDir
	fileRights  = execute | readFile | writeFile | truncate | ioctlDev // all that files know
	writeRights = readRights | writeFile | truncate | makeReg | removeFile
	firstRights = makeSym<<1 - 1 // all of version 1
)

const (
	bindTCP uint64 = 1 << iota // LANDLOCK_ACCESS_NET_BIND_TCP
	connectTCP
)

const (
	scopeAbstractSocket uint64 = 1 << iota // LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	scopeSignal
)

// ruleset is landlock_ruleset_attr: what is forbidden unless a rule allows it.
type ruleset struct{ files, net, scoped uint64 }

// pathRule is landlock_path_beneath_attr, which Linux packs.
type pathRule struct {
	rights uint64
	fd     int32
}

// Landlock is the version of the kernel's interface of that name, 0 where it has none
// (Documentation/userspace-api/landlock.rst of Linux).
func Landlock() int {
	version, _, errno := syscall.Syscall(sysCreateRuleset, 0, 0, createRulesetVersion)
	if errno != 0 {
		return 0
	}
	return int(version)
}

// landlock leaves the calling thread, and the program that it becomes, nothing
// but the paths, and no TCP, as far as the kernel knows how. Other threads stay
// as they are: they end when the program is replaced.
func landlock(read, write []string) (what string, err error) {
	all := handled(Landlock())
	if all.files == 0 {
		return "", nil
	}
	fd, _, errno := syscall.Syscall(sysCreateRuleset, uintptr(unsafe.Pointer(&all)), unsafe.Sizeof(all), 0)
	if errno != 0 {
		return "landlock_create_ruleset", errno
	}
	defer syscall.Close(int(fd))
	for _, path := range read {
		if err := allow(fd, path, readRights&all.files); err != nil {
			return "landlock_add_rule " + path, err
		}
	}
	for _, path := range write {
		if err := allow(fd, path, writeRights&all.files); err != nil {
			return "landlock_add_rule " + path, err
		}
	}
	if _, _, errno := syscall.Syscall(sysRestrictSelf, fd, 0, 0); errno != 0 {
		return "landlock_restrict_self", errno
	}
	return "", nil
}

// handled is all that a version can forbid.
func handled(version int) ruleset {
	var r ruleset
	if version >= 1 {
		r.files = firstRights
	}
	if version >= 2 {
		r.files |= refer
	}
	if version >= 3 {
		r.files |= truncate
	}
	if version >= 4 {
		r.net = bindTCP | connectTCP
	}
	if version >= 5 {
		r.files |= ioctlDev
	}
	if version >= 6 {
		r.scoped = scopeAbstractSocket | scopeSignal
	}
	return r
}

// allow gives rights to a path and what lies below it. A path that is not there
// is passed over.
func allow(rules uintptr, path string, rights uint64) error {
	fd, err := syscall.Open(path, openPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var info syscall.Stat_t
	if err := syscall.Stat(path, &info); err == nil && info.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		rights &= fileRights
	}
	rule := pathRule{rights, int32(fd)}
	_, _, errno := syscall.Syscall6(sysAddRule, rules, rulePathBeneath, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
