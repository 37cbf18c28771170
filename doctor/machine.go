package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"postern/media/codec/wasm"
	"postern/media/frame"
	"postern/media/sandbox"
	"postern/setup"
)

// checkCodecs says which images this build takes.
func (d *doctor) checkCodecs(context.Context) {
	if wasm.Available {
		d.add("codecs", OK, "AVIF, HEIC and JPEG XL are inside")
		return
	}
	d.add("codecs", Warning, "this build refuses AVIF, HEIC and JPEG XL", "Build it with -tags nodynamic, or take a release.")
}

// checkPrograms says of which videos frames are shown, and what would show more.
func (d *doctor) checkPrograms(context.Context) {
	const check = "programs"
	if !setup.UsesPrograms(d.c.Config) {
		d.add(check, Skipped, "video.probes is off, or this system has nothing to confine programs with")
		return
	}
	err := setup.WithFrameExtractor(d.c.Config, io.Discard, func(p *setup.FrameExtractor) error {
		var works, missing, broken, packages []string
		for _, codec := range slices.Concat(frame.Codecs, frame.StillFormats) {
			shown, faults := false, []string(nil)
			for _, decoder := range p.Chain.List() {
				if decoder.Codec != codec {
					continue
				}
				shown = shown || decoder.Error == nil
				if decoder.Error != nil {
					faults = append(faults, fmt.Sprintf("%s for %s: %v", decoder.Name, codec, decoder.Error))
				}
			}
			if shown {
				works = append(works, string(codec))
				continue
			}
			missing, broken = append(missing, string(codec)), append(broken, faults...)
			if names := frame.Packages(codec); len(names) > 0 && !slices.Contains(packages, names[0]) {
				packages = append(packages, names[0])
			}
		}
		found := "frames of " + strings.Join(works, ", ")
		switch {
		case len(broken) > 0:
			d.add(check, Warning, found+"; not used: "+strings.Join(broken, "; "), "packaging/probes.md tells what they need.")
		case runtime.GOOS == "linux" && !sandbox.Isolates():
			d.add(check, Warning, found+", with nothing but limits around them", "packaging/probes.md tells what the sandbox needs.")
		case len(missing) > 0:
			d.add(check, OK, found+"; a drawn picture stands for "+strings.Join(missing, ", "), "Install, if you want their frames: "+strings.Join(packages, "; "))
		default:
			d.add(check, OK, found)
		}
		return nil
	})
	if err != nil {
		d.add(check, Warning, oneLine(err))
	}
}

// maxAhead is how far the database may be ahead of the clock, by the time of its file.
const maxAhead = time.Minute

// checkClock says whether the clock can be right. Expiry and lists go by it.
func (d *doctor) checkClock(context.Context) {
	const check = "clock"
	now := time.Now()
	found := now.Format("2006-01-02 15:04:05 MST")
	if loc, err := time.LoadLocation(d.c.Timezone); err == nil {
		found += ", for date folders " + now.In(loc).Format("15:04 MST")
	}
	info, err := os.Stat(filepath.Join(d.c.DataDir, setup.DatabaseFile))
	synced, known := clockIsSynced()
	switch {
	case err == nil && info.ModTime().After(now.Add(maxAhead)):
		d.add(check, Problem, fmt.Sprintf("%s, and the database was written at %s: the clock was ahead, or is behind", found, info.ModTime().Format("2006-01-02 15:04")),
			"Set the clock: what expires goes by it.")
	case known && !synced:
		d.add(check, Warning, found+"; the system does not keep it by a time server", "Install systemd-timesyncd or chrony, on the host of a container.")
	default:
		d.add(check, OK, found)
	}
}

// knownName is one that RFC 2606 keeps in the DNS.
const knownName = "example.com"

// checkNames says whether URLs can be uploaded, which need names looked up.
func (d *doctor) checkNames(ctx context.Context) {
	const check = "names"
	if !d.c.URLSource.Enabled {
		d.add(check, Skipped, "url_source is off")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", knownName)
	var failed *net.DNSError
	switch {
	case errors.As(err, &failed):
		d.add(check, Warning, knownName+" cannot be looked up ("+failed.Err+"), so uploads by URL fail", "Look at /etc/resolv.conf and the firewall, or set url_source.enabled = false.")
	case err != nil:
		d.add(check, Warning, oneLine(err))
	default:
		d.add(check, OK, fmt.Sprintf("%s is %s: URLs can be uploaded", knownName, addresses[0].Unmap()))
	}
}
