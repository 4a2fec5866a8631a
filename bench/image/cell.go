package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"pairmill/imaging"
)

// cell is the pictures of one size class and format, brought to one target. Times are CPU seconds per picture, medians
// over the rounds; ratios are medians of the ratios within a round.
type cell struct {
	Class  string
	Format string
	Side   int
	Bigger bool // only pictures that are bigger are touched
	Share  float64

	Pairmill, OpenCV, Floor float64
	VsOpenCV                float64 // OpenCV's time by ours
	VsFloor                 float64 // the floor's time by ours; 0 where there is none

	files []string
	input [][]byte
	made  []*imaging.Pixels
}

// classes are the shares of sizes in LAION-like lists: half of all pictures under 400 pixels.
func classes() []struct {
	name  string
	share float64
} {
	return []struct {
		name  string
		share float64
	}{{"to256", 0.28}, {"to512", 0.30}, {"to1024", 0.27}, {"to2048", 0.12}, {"above", 0.03}}
}

// formats are the shares of formats on the web.
func formats() []struct {
	name  string
	share float64
} {
	return []struct {
		name  string
		share float64
	}{{"jpg", 0.85}, {"webp", 0.075}, {"png", 0.075}}
}

func readCorpus(folder, only string) ([]cell, error) {
	var cells []cell
	for _, target := range []cell{{Side: 256}, {Side: 512, Bigger: true}} {
		for _, class := range classes() {
			for _, format := range formats() {
				if only != "" && only != class.name {
					continue
				}
				c := cell{Class: class.name, Format: format.name, Side: target.Side, Bigger: target.Bigger, Share: class.share * format.share}
				if err := c.load(folder); err != nil {
					return nil, err
				}
				cells = append(cells, c)
			}
		}
	}
	return cells, nil
}

func (c *cell) load(folder string) error {
	var err error
	if c.files, err = filepath.Glob(filepath.Join(folder, c.Class, "*."+c.Format)); err != nil || len(c.files) == 0 {
		return fmt.Errorf("no pictures in %s (run corpus.py), %v", filepath.Join(folder, c.Class), err)
	}
	for _, file := range c.files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		c.input = append(c.input, data)
	}
	return nil
}

func (c *cell) measure(low *floor, cv *opencv, rounds int, least float64) error {
	p, err := imaging.New(imaging.Config{Side: c.Side, OnlyIfBigger: c.Bigger})
	if err != nil {
		return err
	}
	if err := c.make(p); err != nil {
		return err
	}
	ours := func(passes int) (float64, error) {
		return c.each(passes, func(i int) error { _, err := p.Process(c.input[i]); return err })
	}
	theirs := func(passes int) (float64, error) { return cv.run(c.files, c.Side, c.Bigger, passes) }
	alone := func(passes int) (float64, error) {
		return c.each(passes, func(i int) error { return low.run(c.input[i], c.made[i].Pix, c.made[i].W, c.made[i].H) })
	}
	contenders := []func(int) (float64, error){ours, theirs, alone}
	if c.Format != "jpg" {
		contenders = contenders[:2]
	}
	once, err := ours(1)
	if err != nil {
		return err
	}
	return c.rounds(contenders, rounds, max(1, int(math.Ceil(least/once))))
}

func (c *cell) rounds(contenders []func(int) (float64, error), rounds, passes int) error {
	times := make([][]float64, 3)
	for range rounds {
		for i, contender := range contenders {
			seconds, err := contender(passes)
			if err != nil {
				return err
			}
			times[i] = append(times[i], seconds/float64(passes*len(c.files)))
		}
	}
	c.Pairmill, c.OpenCV, c.VsOpenCV = median(times[0]), median(times[1]), median(ratios(times[1], times[0]))
	if len(times[2]) > 0 {
		c.Floor, c.VsFloor = median(times[2]), median(ratios(times[2], times[0]))
	}
	return nil
}

// make keeps the finished pictures, for the floor to encode.
func (c *cell) make(p *imaging.Processor) error {
	for i, data := range c.input {
		r, err := p.Process(data)
		if err != nil {
			return fmt.Errorf("%s: %w", c.files[i], err)
		}
		pixels, err := imaging.Decode(r.Data, imaging.Limits{})
		if err != nil {
			return err
		}
		c.made = append(c.made, pixels)
	}
	return nil
}

func (c *cell) each(passes int, work func(i int) error) (float64, error) {
	start := cpu()
	for range passes {
		for i := range c.input {
			if err := work(i); err != nil {
				return 0, err
			}
		}
	}
	return cpu() - start, nil
}

func cpu() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

func ratios(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / b[i]
	}
	return out
}
