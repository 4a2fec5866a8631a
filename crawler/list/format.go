package list

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"pairmill/schemas"
)

// Compressions of text, by the end of a name.
const (
	gzipped = ".gz"
	zstded  = ".zst"
)

// compression is the compression that a name tells.
func compression(name string) string {
	if ext := path.Ext(name); ext == gzipped || ext == zstded {
		return ext
	}
	return ""
}

// formatOf is the format that a name tells; empty = none.
func formatOf(name string) string {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(strings.TrimSuffix(name, compression(name))), "."))
	if ext == "ndjson" {
		return schemas.ListJSONL
	}
	if !slices.Contains(schemas.ListFormats(), ext) || ext == schemas.ListParquet && compression(name) != "" {
		return ""
	}
	return ext
}

// settle decides for one format for all files, and takes the files that Find brought from a folder only if they have it.
func (r *Reader) settle(pattern string, found []File, seen map[string]bool, plan *Plan) error {
	folder := (len(found) > 1 || found[0].Name != pattern) && !strings.ContainsAny(pattern, "*?[")
	for _, f := range found {
		format := formatOf(f.Name)
		if folder && (format == "" || r.cfg.Format != "" && format != r.cfg.Format) {
			continue // img2dataset takes *.format of a folder
		}
		if r.cfg.Format != "" {
			format = r.cfg.Format
		}
		switch {
		case format == "":
			return fmt.Errorf("list %s: the name tells no format: want it to end in one of .%s (text also with .gz or .zst behind), or set format",
				f.Name, strings.Join(schemas.ListFormats(), ", ."))
		case plan.Format != "" && format != plan.Format:
			return fmt.Errorf("list %s is %s, but %s is %s: a list has one format; set format, or give a glob that takes one kind",
				f.Name, format, plan.Files[0].Name, plan.Format)
		case format == schemas.ListParquet && compression(f.Name) != "":
			return fmt.Errorf("list %s: Parquet compresses inside; decompress the file first", f.Name)
		}
		plan.Format = format
		if !seen[f.Name] {
			plan.Files = append(plan.Files, f)
		}
		seen[f.Name] = true
	}
	if len(plan.Files) == 0 {
		want := schemas.ListFormats()
		if r.cfg.Format != "" {
			want = []string{r.cfg.Format}
		}
		return fmt.Errorf("list %s: no file in this folder is named *.%s", pattern, strings.Join(want, ", *."))
	}
	return nil
}
