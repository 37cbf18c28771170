package main

import (
	"errors"
	"fmt"
	"time"
)

// work takes turns with what it is compared with. Both have one name.
type work struct {
	name string
	do   func() (cost, error)
	took cost // by do, in all rounds
}

// takeTurns does all work once a round. What a missing program would do takes nothing.
func (b *bench) takeTurns(all ...*work) error {
	for range b.rounds {
		for _, w := range all {
			if !b.only.MatchString(w.name) {
				continue
			}
			c, err := w.do()
			if errors.Is(err, errNotInstalled) {
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			w.took.add(c)
		}
	}
	return nil
}

// figure is a number that has a goal.
type figure struct {
	name, ours     string
	beside, theirs string // what it is compared with, if with anything
	value          float64
	goal           goal
}

// shareOf compares our time with that of others together. It is not measured where one of
// these is missing.
func shareOf(ours *work, beside string, most float64, theirs ...*work) figure {
	var sum time.Duration
	for _, w := range theirs {
		if w.took.cpu() == 0 {
			sum = 0
			break
		}
		sum += w.took.cpu()
	}
	return figure{
		ours.name, precisely(ours.took.cpu()), beside, precisely(sum),
		ratio(ours.took.cpu().Seconds(), sum.Seconds()), goal{limit: most, decimal: 2},
	}
}

// precisely prints milliseconds, thousandths where there are few.
func precisely(d time.Duration) string {
	if d < 10*time.Millisecond {
		return number(d.Seconds()*1e3, 3)
	}
	return milliseconds(d)
}

// memoryOf is a figure of megabytes.
func memoryOf(name string, bytes int64, most float64) figure {
	return figure{name: name, ours: megabytes(bytes), value: ratio(float64(bytes), 1e6), goal: goal{limit: most}}
}

func (b *bench) printFigures(title string, all []figure) {
	t := table{title: title, head: []string{"what", "Postern", "beside it", "takes", "figure", "goal"}}
	for _, f := range all {
		if b.only.MatchString(f.name) {
			t.add(f.name, f.ours, f.beside, f.theirs, number(f.value, 2), verdictOrNone(f.goal.limit, f.goal, f.value))
		}
	}
	if len(t.rows) > 0 {
		t.print(b.out)
	}
}
