package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/internal/picturebook"
)

func TestRenderIsRepeatable(t *testing.T) {
	t.Parallel()
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		if err := render("heldout", 9, 32, dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"pictures.npy", "captions.jsonl"} {
		if !bytes.Equal(read(t, a, name), read(t, b, name)) {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func TestPicturesAreNumpy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := render("train", 5, 48, dir); err != nil {
		t.Fatal(err)
	}
	file := read(t, dir, "pictures.npy")
	magic, header := file[:10], file[10:10+int(file[8])+int(file[9])<<8]
	if string(magic[:8]) != "\x93NUMPY\x01\x00" || (10+len(header))%64 != 0 || header[len(header)-1] != '\n' {
		t.Errorf("not a .npy header: %q %q", magic, header)
	}
	if !strings.Contains(string(header), "'shape': (5, 48, 48, 3)") {
		t.Errorf("shape is not in %q", header)
	}
	if n := len(file) - 10 - len(header); n != 5*48*48*3 {
		t.Errorf("%d bytes of pixels", n)
	}
}

func TestCaptionsFollowThePictures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := render("train", 7, 32, dir); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(read(t, dir, "captions.jsonl")))
	n := 0
	for ; lines.Scan(); n++ {
		var got row
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		scene := picturebook.Train(uint64(n))
		colour, shape := scene.Label()
		if got.Colour != colour || got.Shape != shape || got.Single != scene.Single() || len(got.Captions) != 4 || len(got.Full) != 4 {
			t.Errorf("line %d: %+v for %+v", n, got, scene)
		}
	}
	if n != 7 {
		t.Errorf("%d lines", n)
	}
}

func TestUnknownSplit(t *testing.T) {
	t.Parallel()
	if err := render("test", 1, 32, t.TempDir()); err == nil {
		t.Error("a split that does not exist is accepted")
	}
}

func TestWeatheredKeepsTheSide(t *testing.T) {
	t.Parallel()
	for i := range uint64(60) {
		r := picturebook.TrainRand(i)
		img, err := weathered(picturebook.Random(r), 64, r)
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != 64 || b.Dy() != 64 {
			t.Fatalf("picture %d is %v", i, b)
		}
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
