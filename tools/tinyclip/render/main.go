// Command render draws the pictures and captions on which the tiny CLIP is trained and measured.
//
// Each picture goes through what the pipeline does to a picture on the web: it is drawn at a random side, sometimes put
// on a white sheet, compressed as JPEG at a random quality, often resized and compressed once more, and at last brought to
// the input side of the model. Pictures come out as pictures.npy (uint8 [n, side, side, 3]), everything else as
// captions.jsonl, one object per picture in the same order. The split decides the stream of picturebook; the same arguments
// give the same files.
//
// Usage: go run ./tools/tinyclip/render -split train -n 60000 -o DIR
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"pairmill/internal/picturebook"
)

// row is a line of captions.jsonl.
type row struct {
	Colour   string   `json:"colour"`
	Shape    string   `json:"shape"`
	Single   bool     `json:"single"`   // exactly one object: a question for zero-shot classification
	Captions []string `json:"captions"` // random detail
	Full     []string `json:"full"`     // nothing left out
}

func main() {
	split := flag.String("split", "train", "train or heldout")
	n := flag.Int("n", 60000, "number of pictures")
	side := flag.Int("side", 64, "side of the pictures written, in pixels")
	out := flag.String("o", ".", "folder for pictures.npy and captions.jsonl")
	flag.Parse()
	if err := render(*split, *n, *side, *out); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

// streams are the generators behind picturebook.Train and picturebook.Heldout.
var streams = map[string]func(uint64) *rand.Rand{"train": picturebook.TrainRand, "heldout": picturebook.HeldoutRand}

func render(split string, n, side int, dir string) error {
	stream, ok := streams[split]
	if !ok {
		return fmt.Errorf("no split %q, only train and heldout", split)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pixels, err := createNpy(filepath.Join(dir, "pictures.npy"), n, side)
	if err != nil {
		return err
	}
	defer pixels.Close()
	f, err := os.Create(filepath.Join(dir, "captions.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewWriter(f)
	if err := renderAll(stream, n, side, pixels, json.NewEncoder(lines)); err != nil {
		return err
	}
	if err := lines.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return pixels.Close()
}

func renderAll(stream func(uint64) *rand.Rand, n, side int, pixels *npy, lines *json.Encoder) error {
	for i := range n {
		r := stream(uint64(i))
		scene := picturebook.Random(r)
		if err := lines.Encode(describe(scene, r)); err != nil {
			return fmt.Errorf("writing the captions of picture %d: %w", i, err)
		}
		img, err := weathered(scene, side, r)
		if err != nil {
			return fmt.Errorf("drawing picture %d: %w", i, err)
		}
		if err := pixels.write(img); err != nil {
			return fmt.Errorf("writing picture %d: %w", i, err)
		}
	}
	return nil
}

// describe phrases a scene eight times: four captions as they come, four in full.
func describe(s picturebook.Scene, r *rand.Rand) row {
	colour, shape := s.Label()
	out := row{Colour: colour, Shape: shape, Single: s.Single()}
	for range 4 {
		out.Captions = append(out.Captions, s.Caption(r))
		out.Full = append(out.Full, s.Describe(r))
	}
	return out
}
