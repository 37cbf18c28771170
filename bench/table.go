package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// table is printed in columns as wide as their widest cell, in Markdown.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(out io.Writer) {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	fmt.Fprintf(out, "\n### %s\n\n", t.title)
	t.printRow(out, t.head, widths)
	rules := make([]string, len(t.head))
	for i, w := range widths {
		rules[i] = strings.Repeat("-", w)
	}
	t.printRow(out, rules, widths)
	for _, row := range t.rows {
		t.printRow(out, row, widths)
	}
}

func (t *table) printRow(out io.Writer, cells []string, widths []int) {
	for i, cell := range cells {
		fmt.Fprintf(out, "| %s%s ", cell, strings.Repeat(" ", widths[i]-len([]rune(cell))))
	}
	fmt.Fprintln(out, "|")
}

// goal is the most or the least that a figure should be.
type goal struct {
	limit   float64
	atLeast bool
	decimal int // places that are printed
}

// verdict says the goal and whether the figure keeps it.
func (g goal) verdict(figure float64) string {
	word, holds := "at most", figure <= g.limit
	if g.atLeast {
		word, holds = "at least", figure >= g.limit
	}
	answer := "holds"
	switch {
	case math.IsNaN(figure):
		answer = "not measured"
	case !holds:
		answer = "MISSED"
	}
	return fmt.Sprintf("%s %.*f: %s", word, g.decimal, g.limit, answer)
}

// ratio is NaN where one of the two was not measured.
func ratio(ours, theirs float64) float64 {
	if ours == 0 || theirs == 0 {
		return math.NaN()
	}
	return ours / theirs
}

// number prints a figure, and a dash for one that was not measured.
func number(v float64, places int) string {
	if v == 0 || math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.*f", places, v)
}

func milliseconds(d time.Duration) string { return number(d.Seconds()*1e3, 1) }

func megabytes(bytes int64) string { return number(float64(bytes)/1e6, 1) }
