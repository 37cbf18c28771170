package main

import (
	"fmt"
	"io"
)

func printPictures(out io.Writer, all []outcome) {
	printPictureCosts(out, all)
	printPictureMemory(out, all)
	printPictureQuality(out, all)
	printPictureBytes(out, all)
}

func printPictureCosts(out io.Writer, all []outcome) {
	t := table{
		title: fmt.Sprintf("CPU milliseconds for a medium of %d and a thumb of %d pixels", mediumWidth, thumbSide),
		head:  []string{"input", "Postern", "in Go", "libvips", "ImageMagick", "PHP GD", "of libvips", "goal", "in Go", "goal", "of GD", "goal"},
	}
	for _, o := range all {
		share := func(a, b int) float64 { return ratio(o.costs[a].cpu().Seconds(), o.costs[b].cpu().Seconds()) }
		verdict := func(most, figure float64) string { return verdictOrNone(most, goal{limit: most, decimal: 2}, figure) }
		cells := []string{o.name}
		for i := range rivalCount {
			cells = append(cells, milliseconds(o.costs[i].cpu()))
		}
		t.add(append(cells,
			number(share(ours, libvips), 2), verdict(o.goals.most, share(ours, libvips)),
			number(share(oursInGo, libvips), 2), verdict(o.goals.inGo, share(oursInGo, libvips)),
			number(share(ours, phpGD), 2), verdict(o.goals.mostGD, share(ours, phpGD)))...)
	}
	t.print(out)
}

func printPictureMemory(out io.Writer, all []outcome) {
	t := table{
		title: "Peak megabytes of a process that does it once",
		head:  []string{"input", "Postern", "in Go", "libvips", "ImageMagick", "PHP GD", "goal"},
	}
	for _, o := range all {
		cells := []string{o.name}
		for i := range rivalCount {
			cells = append(cells, megabytes(o.costs[i].memory))
		}
		t.add(append(cells, verdictOrNone(o.goals.memory, goal{limit: o.goals.memory}, float64(o.costs[ours].memory)/1e6))...)
	}
	t.print(out)
}

func printPictureQuality(out io.Writer, all []outcome) {
	t := table{
		title: "The medium against a Lanczos3 filter over the whole picture: PSNR in dB, SSIM, kilobytes",
		head:  []string{"input", "Postern", "in Go", "libvips", "ImageMagick", "PHP GD", "goal"},
	}
	for _, o := range all {
		cells := []string{o.name}
		for i := range rivalCount {
			cells = append(cells, fmt.Sprintf("%s %s %s", number(o.likeness[i].psnr, 1), number(o.likeness[i].ssim, 4), number(float64(o.bytes[i])/1e3, 0)))
		}
		wanted := o.goals.psnr
		if o.better {
			wanted = o.likeness[libvips].psnr
		}
		t.add(append(cells, verdictOrNone(wanted, goal{limit: wanted, atLeast: true, decimal: 1}, o.likeness[ours].psnr))...)
	}
	t.print(out)
}

func printPictureBytes(out io.Writer, all []outcome) {
	t := table{title: "Kilobytes of the medium, and of what image/png writes of it", head: []string{"input", "Postern", "image/png", "ratio", "goal"}}
	for _, o := range all {
		if o.goals.bytes == 0 {
			continue
		}
		share := ratio(float64(o.bytes[ours]), float64(o.standard))
		t.add(o.name, number(float64(o.bytes[ours])/1e3, 1), number(float64(o.standard)/1e3, 1), number(share, 3),
			verdictOrNone(o.goals.bytes, goal{limit: o.goals.bytes, decimal: 2}, share))
	}
	if len(t.rows) > 0 {
		t.print(out)
	}
}

// verdictOrNone is empty where there is no goal.
func verdictOrNone(wanted float64, g goal, figure float64) string {
	if wanted == 0 {
		return ""
	}
	return g.verdict(figure)
}
