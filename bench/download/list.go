package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"pairmill/bench/download/loopback"
)

// row is a picture of the list: a file of the corpus at a host.
type row struct {
	file string // relative to the corpus
	host int
}

// classes are the shares of longest sides in LAION-like lists, formats those of the web; both as in bench/image.
var (
	classes = []share{{"to256", 0.28}, {"to512", 0.30}, {"to1024", 0.27}, {"to2048", 0.12}, {"above", 0.03}}
	formats = []share{{"jpg", 0.85}, {"webp", 0.075}, {"png", 0.075}}
)

type share struct {
	name string
	of1  float64
}

func pick(r *rand.Rand, shares []share) string {
	at := r.Float64()
	for _, s := range shares {
		if at -= s.of1; at < 0 {
			return s.name
		}
	}
	return shares[len(shares)-1].name
}

// draw makes a list, the same one every time.
func draw(corpus string, n, hosts int) ([]row, error) {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]row, n)
	for i := range out {
		pattern := filepath.Join(corpus, pick(r, classes), "*."+pick(r, formats))
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("no pictures at %s: %w", pattern, err)
		}
		file, err := filepath.Rel(corpus, files[r.IntN(len(files))])
		if err != nil {
			return nil, err
		}
		out[i] = row{filepath.ToSlash(file), r.IntN(hosts)}
	}
	return out, nil
}

// write writes the list as lines of URLs.
func write(path string, rows []row, scheme, port string) error {
	var b strings.Builder
	for i, r := range rows {
		fmt.Fprintf(&b, "%s://%s:%s/%s?row=%d\n", scheme, loopback.Address(r.host), port, r.file, i)
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
