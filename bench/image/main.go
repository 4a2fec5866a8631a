package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"pairmill/imaging"
)

func main() {
	corpus := flag.String("corpus", "", "folder that corpus.py made")
	python := flag.String("python", "", "Python with OpenCV")
	script := flag.String("script", "bench/image/opencv.py", "where opencv.py lies")
	rounds := flag.Int("rounds", 5, "turns that each contender takes on each cell")
	least := flag.Float64("seconds", 0.15, "CPU seconds of one turn, about")
	only := flag.String("only", "", "measure only this size class")
	out := flag.String("json", "", "write the measurements to this file")
	flag.Parse()
	if err := run(*corpus, *python, *script, *only, *out, *rounds, *least); err != nil {
		fmt.Fprintln(os.Stderr, "bench-image:", err)
		os.Exit(1)
	}
}

func run(corpus, python, script, only, out string, rounds int, least float64) error {
	cv, err := startOpenCV(python, script)
	if err != nil {
		return err
	}
	defer cv.stop()
	low, err := newFloor()
	if err != nil {
		return err
	}
	cells, err := readCorpus(corpus, only)
	if err != nil {
		return err
	}
	report := report{Codec: imaging.Codec, OpenCV: cv.version, Cells: cells}
	for i := range cells {
		if err := cells[i].measure(low, cv, rounds, least); err != nil {
			return fmt.Errorf("%s %s: %w", cells[i].Class, cells[i].Format, err)
		}
		fmt.Fprintf(os.Stderr, "\r%d of %d", i+1, len(cells))
	}
	fmt.Fprintln(os.Stderr)
	report.print(os.Stdout)
	if out == "" {
		return nil
	}
	data, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(data, '\n'), 0o644)
}
