package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// debianPackages bring the programs to compare with.
var debianPackages = map[string][]string{
	"vipsthumbnail": {"libvips-tools"},
	"chromium":      {"chromium"},
	"convert":       {"imagemagick"},
	"nginx":         {"nginx-light"},
	"php":           {"php-cli", "php-gd"},

	"ffmpeg":            {"ffmpeg"},
	"ffmpegthumbnailer": {"ffmpegthumbnailer"},
	"vpxdec":            {"vpx-tools"},
	"dav1d":             {"dav1d"},
	"avifenc":           {"libavif-bin"},
	"heif-convert":      {"libheif-examples"},
	"djxl":              {"libjxl-tools"},
}

// tools are the paths of the programs to compare with; "" for those that are
// not installed.
type tools struct {
	self string // this program

	derive, deriveInGo string // ./derive, compiled with and without assembly

	vips    string // rivals/vips.c, compiled
	convert string // ImageMagick
	php     string
	gd      string // rivals/gd.php
	nginx   string

	ffmpeg, thumbnailer string
}

//go:embed rivals/vips.c
var vipsSource []byte

//go:embed rivals/gd.php
var gdSource []byte

// installTools installs what is missing. Without apt-get or without the right
// to use it, columns stay empty, so errors are only shown.
func installTools(ctx context.Context, out io.Writer) {
	var missing []string
	for program, packages := range debianPackages {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, packages...)
		}
	}
	if exec.CommandContext(ctx, "pkg-config", "--exists", "vips").Run() != nil {
		missing = append(missing, "libvips-dev", "gcc", "pkg-config")
	}
	if len(missing) == 0 {
		return
	}
	fmt.Fprintln(out, "installing", strings.Join(missing, " "))
	for _, args := range [][]string{
		{"update", "-qq"},
		append([]string{"install", "-y", "-qq", "--no-install-recommends"}, missing...),
	} {
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if output, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(out, "apt-get %s: %v\n%s\n", args[0], err, output)
		}
	}
}

func findTools(ctx context.Context, dir string) (tools, error) {
	self, err := os.Executable()
	if err != nil {
		return tools{}, err
	}
	t := tools{self: self, convert: firstProgram("magick", "convert-im6.q16", "convert"), nginx: firstProgram("nginx"),
		ffmpeg: firstProgram("ffmpeg"), thumbnailer: firstProgram("ffmpegthumbnailer"),
	}
	for path, tags := range map[*string]string{&t.derive: "nodynamic", &t.deriveInGo: "nodynamic purego"} {
		*path = filepath.Join(dir, "derive "+tags)
		build := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", *path, "./bench/derive")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return tools{}, fmt.Errorf("build derive: %w\n%s", err, out)
		}
	}
	t.vips, err = compileVips(ctx, dir)
	if err != nil {
		return tools{}, err
	}
	t.gd = filepath.Join(dir, "gd.php")
	if err := os.WriteFile(t.gd, gdSource, 0o644); err != nil {
		return tools{}, err
	}
	t.php = firstProgram("php")
	if modules, _ := exec.CommandContext(ctx, "php", "-m").Output(); !bytes.Contains(modules, []byte("\ngd\n")) {
		t.php = ""
	}
	return t, nil
}

// compileVips returns "" where there is no compiler or no library.
func compileVips(ctx context.Context, dir string) (string, error) {
	source, binary := filepath.Join(dir, "vips.c"), filepath.Join(dir, "vips")
	if err := os.WriteFile(source, vipsSource, 0o644); err != nil {
		return "", err
	}
	flags, err := exec.CommandContext(ctx, "pkg-config", "--cflags", "--libs", "vips").Output()
	if err != nil {
		return "", nil
	}
	args := append([]string{"-O2", "-o", binary, source}, strings.Fields(string(flags))...)
	if out, err := exec.CommandContext(ctx, "gcc", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile vips.c: %w\n%s", err, out)
	}
	return binary, nil
}

func firstProgram(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// printMachine says where and against what the figures were taken.
func printMachine(out io.Writer, t tools) {
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Fprintf(out, "%s, %s, %d cores, %s, load %s\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		cpuModel(), runtime.NumCPU(), runtime.Version(), strings.TrimSpace(string(load)))
	for _, v := range []struct {
		name string
		path string
		args []string
	}{
		{"libvips", t.vips, []string{"vips", "--version"}},
		{"ImageMagick", t.convert, []string{t.convert, "-version"}},
		{"PHP GD", t.php, []string{t.php, "-v"}},
		{"nginx", t.nginx, []string{t.nginx, "-v"}},
		{"ffmpeg", t.ffmpeg, []string{t.ffmpeg, "-version"}},
		{"ffmpegthumbnailer", t.thumbnailer, []string{t.thumbnailer, "-v"}},
	} {
		if v.path == "" && v.name == "libvips" {
			fmt.Fprintln(out, "libvips: NOT MEASURED, nor any goal against it: its headers (libvips-dev), gcc or pkg-config are missing")
			continue
		}
		if v.path == "" {
			fmt.Fprintf(out, "%s: not installed\n", v.name)
			continue
		}
		version, _ := exec.Command(v.args[0], v.args[1:]...).CombinedOutput()
		first, _, _ := strings.Cut(string(version), "\n")
		fmt.Fprintf(out, "%s: %s\n", v.name, first)
	}
}

func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	_, after, _ := strings.Cut(string(info), "model name\t: ")
	model, _, _ := strings.Cut(after, "\n")
	return model
}
