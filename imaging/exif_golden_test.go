package imaging

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEXIFMatchesExifread compares with what tools/golden/exif.py had Python's exifread print.
func TestEXIFMatchesExifread(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/exif.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]string
	if err := json.Unmarshal(golden, &want); err != nil {
		t.Fatal(err)
	}
	folder := os.Getenv("PAIRMILL_MATERIAL")
	if folder == "" {
		t.Skip("PAIRMILL_MATERIAL is not set: no pictures with EXIF")
	}
	compared := 0
	for name, text := range want {
		data, err := os.ReadFile(filepath.Join(folder, "images", name))
		if err != nil {
			continue
		}
		compared++
		if got := EXIF(data); got != text {
			t.Errorf("%s:\n got %s\nwant %s", name, shortened(got, text), shortened(text, got))
		}
	}
	if compared < 50 {
		t.Errorf("only %d pictures were found", compared)
	}
}

// shortened cuts away what both have in common.
func shortened(s, other string) string {
	at := 0
	for at < min(len(s), len(other)) && s[at] == other[at] {
		at++
	}
	return "…" + strings.ToValidUTF8(s[max(0, at-60):min(len(s), at+80)], "?")
}
