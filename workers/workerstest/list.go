package workerstest

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pairmill/internal/testutil"
)

// List writes a list over Site, as CSV with captions and a further column: pictures that are right, the same one twice with
// different captions and twice with the same, and one of each kind that fails. It returns the file's path.
func List(t testing.TB, site *testutil.Site) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	rows := [][]string{{"url", "text", "uid"}}
	for i, name := range []string{
		"red.png", "green.png", "missing.png", "blue.png", "broken.jpg", "photo.jpg", "red.png", "optout.png", "private/x.png", "tiny.png",
		"same.png", "green.png", "yellow.png",
	} {
		for _, host := range []string{"a.test", "b.test"} {
			caption := fmt.Sprintf("a picture, number %d", i)
			if name == "green.png" {
				caption = `the "green" one`
			}
			rows = append(rows, []string{site.URL(host, "/"+name), caption, fmt.Sprintf("%s-%d", host, i)})
		}
	}
	rows = append(rows, []string{"no url, at all", "nothing", "x"})
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return path
}

// ListSpec is the YAML of a download of List.
func ListSpec(list string) []byte {
	return fmt.Appendf(nil, `version: 1
name: small
source:
  list:
    inputs: [%q]
    format: csv
    caption: text
    columns: [uid]
fetch:
  allow_private: true
  hosts: {"*.test": 127.0.0.1}
  delay: 0s
  tries: 1
  part_rows: 5
filter: {min_chars: 0, max_chars: 0, min_words: 0, max_words: 0, drop_control_chars: false, drop_file_names: false, drop_placeholders: false, min_side: 16, max_aspect: 0}
embed: {model: ""}
deliver: {format: webdataset}
`, list)
}
