package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"postern/bench/own"
)

// The goals of starts.
const (
	mostOfStart = 150 // milliseconds until the first answer
	mostAtRest  = 30  // megabytes
	mostAtFirst = 50  // milliseconds of CPU that the first picture takes more than a later one
)

// givenBack is when a server has given back the memory of its start.
const givenBack = 5 * time.Second

// firstPictures are small ones of the formats whose codecs have to be made ready.
var firstPictures = []struct{ name, file string }{
	{"first AVIF after a start", "media/picture/testdata/a.avif"},
	{"first HEIC after a start", "media/picture/testdata/small.heic"},
	{"first JPEG XL after a start", "media/picture/testdata/small.jxl"},
}

// starts measures a server that is started again and again, without programs.
func (b *bench) starts() error {
	site, err := b.install("data")
	if err != nil {
		return err
	}
	if err := b.copyRecords(site.data); err != nil {
		return err
	}
	answered, rested := &work{name: "start until the first answer"}, &work{name: "memory at rest"}
	first, later := make([]*work, len(firstPictures)), make([]*work, len(firstPictures))
	for i, p := range firstPictures {
		first[i], later[i] = &work{name: p.name}, &work{name: p.name}
	}
	for round := range b.rounds + 1 { // the first makes the records and compiles the codecs
		s, err := site.start()
		if err != nil {
			return err
		}
		err = s.settle(b.ctx)
		if round == 1 {
			time.Sleep(givenBack)
		}
		c := cost{[]time.Duration{s.started}, own.ResidentOf(strconv.Itoa(s.pids[0]))}
		for i, p := range firstPictures {
			if err != nil || !b.only.MatchString(p.name) {
				continue
			}
			var firstCost, laterCost cost
			firstCost, laterCost, err = b.firstAndLater(s, p.file)
			if round > 0 {
				first[i].took.add(firstCost)
				later[i].took.add(laterCost)
			}
		}
		s.stop()
		if err != nil {
			return err
		}
		if round > 0 {
			answered.took.add(c)
			rested.took.add(c)
		}
	}
	b.printStarts(answered, rested, first, later)
	return nil
}

// firstAndLater returns what the first upload of a picture to a server takes, and a later one.
func (b *bench) firstAndLater(s *server, file string) (first, later cost, err error) {
	post := b.posts(s)
	var all [4]time.Duration
	for i := range all {
		cpu, _, err := timeRequests(s, 1, 1, func() error { _, err := post(file); return err })
		if err != nil {
			return cost{}, cost{}, fmt.Errorf("%s: %w", file, err)
		}
		all[i] = cpu
	}
	return cost{times: all[:1]}, cost{times: all[1:]}, nil
}

func (b *bench) printStarts(answered, rested *work, first, later []*work) {
	all := []figure{
		{name: answered.name, ours: milliseconds(answered.took.cpu()), value: answered.took.cpu().Seconds() * 1e3, goal: goal{limit: mostOfStart}},
		memoryOf(rested.name, rested.took.memory, mostAtRest),
	}
	for i := range first {
		f := shareOf(first[i], "a later one", mostAtFirst, later[i])
		f.value, f.goal.decimal = (first[i].took.cpu()-later[i].took.cpu()).Seconds()*1e3, 0
		all = append(all, f)
	}
	b.printFigures("Starts of the server: milliseconds by the clock, megabytes, CPU milliseconds above a later picture", all)
}

// copyRecords begins a data folder with the database that the flag names.
func (b *bench) copyRecords(data string) error {
	if b.options.records == "" {
		return nil
	}
	in, err := os.Open(b.options.records)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(filepath.Join(data, "postern.db"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = in.WriteTo(out)
	return errors.Join(err, out.Close())
}
