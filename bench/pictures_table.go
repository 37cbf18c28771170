package main

import (
	"fmt"
	"io"
)

// mostMemory is the goal for one JPEG of 12 megapixels, in bytes.
const mostMemory = 25e6

func printPictures(out io.Writer, all []outcome) {
	printPictureCosts(out, all)
	printPictureMemory(out, all)
	printPictureQuality(out, all)
}

func printPictureCosts(out io.Writer, all []outcome) {
	t := table{
		title: fmt.Sprintf("CPU milliseconds for a medium of %d and a thumb of %d pixels", mediumWidth, thumbSide),
		head:  []string{"input", "Postern", "libvips", "ImageMagick", "PHP GD", "of libvips", "goal", "of GD"},
	}
	for _, o := range all {
		share := ratio(o.costs[ours].cpu().Seconds(), o.costs[libvips].cpu().Seconds())
		t.add(o.name, milliseconds(o.costs[ours].cpu()), milliseconds(o.costs[libvips].cpu()),
			milliseconds(o.costs[imageMagick].cpu()), milliseconds(o.costs[phpGD].cpu()),
			number(share, 2), verdictOrNone(o.most, goal{limit: o.most, decimal: 1}, share),
			number(ratio(o.costs[ours].cpu().Seconds(), o.costs[phpGD].cpu().Seconds()), 2))
	}
	t.print(out)
}

func printPictureMemory(out io.Writer, all []outcome) {
	t := table{
		title: "Peak megabytes of a process that does it once",
		head:  []string{"input", "Postern", "libvips", "ImageMagick", "PHP GD", "goal"},
	}
	for _, o := range all {
		wanted := 0.0
		if o.small {
			wanted = mostMemory / 1e6
		}
		t.add(o.name, megabytes(o.costs[ours].memory), megabytes(o.costs[libvips].memory),
			megabytes(o.costs[imageMagick].memory), megabytes(o.costs[phpGD].memory),
			verdictOrNone(wanted, goal{limit: wanted}, float64(o.costs[ours].memory)/1e6))
	}
	t.print(out)
}

func printPictureQuality(out io.Writer, all []outcome) {
	t := table{
		title: "The medium against ImageMagick's Lanczos3 of the whole picture: PSNR in dB, SSIM, kilobytes",
		head:  []string{"input", "Postern", "libvips", "ImageMagick", "PHP GD", "goal"},
	}
	for _, o := range all {
		cells := []string{o.name}
		for i := range rivalCount {
			cells = append(cells, fmt.Sprintf("%s %s %s", number(o.likeness[i].psnr, 1), number(o.likeness[i].ssim, 4), number(float64(o.bytes[i])/1e3, 0)))
		}
		g := goal{limit: o.likeness[libvips].psnr, atLeast: true, decimal: 1}
		wanted := 0.0
		if o.better {
			wanted = g.limit
		}
		t.add(append(cells, verdictOrNone(wanted, g, o.likeness[ours].psnr))...)
	}
	t.print(out)
}

// verdictOrNone is empty where there is no goal.
func verdictOrNone(wanted float64, g goal, figure float64) string {
	if wanted == 0 {
		return ""
	}
	return g.verdict(figure)
}
