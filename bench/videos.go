package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// videoInput is a video of three seconds and 1280x720 pixels, with a key frame
// every two seconds, of a codec.
type videoInput struct {
	name    string
	file    string
	encoder []string // arguments of ffmpeg
}

var videoInputs = []videoInput{
	{"H.264", "h264.mp4", []string{"-c:v", "libx264", "-preset", "veryfast"}},
	{"HEVC", "hevc.mp4", []string{"-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=none"}},
	{"VP8", "vp8.webm", []string{"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "4M"}},
	{"VP9", "vp9.webm", []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "4M"}},
	{"AV1", "av1.mp4", []string{"-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-b:v", "4M"}},
}

// quarter is the time of the frame. Ours is the key frame before it.
const quarter = "0.75"

const (
	ownFrame = iota
	ffmpegFrame
	ffmpegKeyFrame
	thumbnailerFrame
	framerCount
)

func (b *bench) framers() [framerCount]func(in, out string, times int) (cost, error) {
	process := func(program string, args func(in, out string) []string) func(in, out string, times int) (cost, error) {
		return func(in, out string, _ int) (cost, error) {
			if program == "" {
				return cost{}, errNotInstalled
			}
			return measureProcess(exec.CommandContext(b.ctx, program, args(in, out)...))
		}
	}
	return [framerCount]func(in, out string, times int) (cost, error){
		ownFrame: func(in, out string, times int) (cost, error) {
			cmd := exec.CommandContext(b.ctx, b.tools.self, "frame", in, out, strconv.Itoa(times))
			cmd.Env = append(os.Environ(), "PATH="+b.dir+":"+os.Getenv("PATH")) // for postern-openh264
			return measureSelf(cmd)
		},
		ffmpegFrame: process(b.tools.ffmpeg, func(in, out string) []string {
			return []string{"-v", "error", "-y", "-ss", quarter, "-i", in, "-frames:v", "1", "-q:v", "2", out}
		}),
		ffmpegKeyFrame: process(b.tools.ffmpeg, func(in, out string) []string {
			return []string{"-v", "error", "-y", "-noaccurate_seek", "-skip_frame", "nokey", "-ss", quarter, "-i", in, "-frames:v", "1", "-q:v", "2", out}
		}),
		thumbnailerFrame: process(b.tools.thumbnailer, func(in, out string) []string {
			return []string{"-i", in, "-o", out, "-s", "0", "-t", "25%", "-q", "9"}
		}),
	}
}

// videos measures a frame of a video of each codec.
func (b *bench) videos() error {
	if err := b.buildProgram("postern-openh264", "./packaging/openh264"); err != nil {
		return err
	}
	t := table{
		title: "A frame of a video of 1280x720 pixels as JPEG: CPU milliseconds, peak megabytes",
		head:  []string{"codec", "Postern", "ffmpeg -ss", "its key frame", "ffmpegthumbnailer", "of ffmpeg -ss", "goal", "Postern MB", "ffmpeg MB", "ffmpegthumbnailer MB"},
	}
	for _, in := range videoInputs {
		if !b.only.MatchString(in.name) {
			continue
		}
		path, err := b.makeVideo(in)
		if err != nil {
			fmt.Fprintf(b.out, "video of %s: left out: %v\n", in.name, err)
			continue
		}
		costs, err := b.measureVideo(in, path)
		if err != nil {
			return err
		}
		share := ratio(costs[ownFrame].cpu().Seconds(), costs[ffmpegFrame].cpu().Seconds())
		t.add(in.name, milliseconds(costs[ownFrame].cpu()), milliseconds(costs[ffmpegFrame].cpu()), milliseconds(costs[ffmpegKeyFrame].cpu()), milliseconds(costs[thumbnailerFrame].cpu()),
			number(share, 2), goal{limit: mostOfFFmpeg, decimal: 1}.verdict(share),
			megabytes(costs[ownFrame].memory), megabytes(costs[ffmpegFrame].memory), megabytes(costs[thumbnailerFrame].memory))
	}
	t.print(b.out)
	return nil
}

// mostOfFFmpeg is the goal: our CPU time as a share of that of ffmpeg.
const mostOfFFmpeg = 0.5

// makeVideo returns the path of a video, which ffmpeg makes.
func (b *bench) makeVideo(in videoInput) (string, error) {
	path := filepath.Join(b.dir, in.file)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if b.tools.ffmpeg == "" {
		return "", fmt.Errorf("ffmpeg: %w", errNotInstalled)
	}
	args := []string{"-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=3,noise=alls=8:allf=t", "-g", "50", "-pix_fmt", "yuv420p"}
	_, err := outputOf(exec.CommandContext(b.ctx, b.tools.ffmpeg, append(append(args, in.encoder...), path)...))
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(path))
	}
	return path, nil
}

// measureVideo lets the programs take turns.
func (b *bench) measureVideo(in videoInput, path string) (costs [framerCount]cost, err error) {
	for range b.rounds {
		for i, frame := range b.framers() {
			c, err := frame(path, filepath.Join(b.dir, "frame.jpg"), timesInOneProcess)
			if errors.Is(err, errNotInstalled) {
				continue
			}
			if err != nil && i == ownFrame {
				fmt.Fprintf(b.out, "no frame of %s: %v\n", in.name, err)
				continue
			}
			if err != nil {
				return costs, fmt.Errorf("%s: %w", in.name, err)
			}
			costs[i].add(c)
		}
	}
	return costs, nil
}
