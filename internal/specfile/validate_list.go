package specfile

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"pairmill/schemas"
)

// minRange holds any sane row, and keeps a plan's jobs from outnumbering its rows.
const minRange = 64 << 10

func (c *Problems) list(l schemas.List) {
	if len(l.Inputs) == 0 {
		c.add(0, "source.list.inputs", "is empty: want at least one file, folder or glob")
	}
	for i, input := range l.Inputs {
		c.input(fmt.Sprintf("source.list.inputs[%d]", i), input)
	}
	if l.Format != "" {
		c.word("source.list.format", l.Format, schemas.ListFormats()...)
	}
	if l.URL == "" {
		c.add(0, "source.list.url", "is empty: want the column of the pictures' URLs")
	}
	c.columns(l.Columns)
	if l.Hash != nil {
		c.listHash(*l.Hash)
	}
	c.word("source.list.order", l.Order, schemas.OrderHosts, schemas.OrderInput)
	c.whole("source.list.range", int64(l.Range), minRange, math.MaxInt64)
}

// input wants a local path or an object's address. A URL with another scheme would be looked for on the disk.
func (c *Problems) input(path, input string) {
	scheme, rest, remote := strings.Cut(input, "://")
	bucket, _, _ := strings.Cut(rest, "/")
	switch {
	case input == "" || strings.ContainsRune(input, 0):
		c.add(0, path, "%q: want a file, folder or glob", input)
	case remote && (scheme != "s3" || bucket == ""):
		c.add(0, path, "%q: want a local path or s3://bucket/key", input)
	}
}

// columnsOfOurs are columns that a delivered shard has anyway: img2dataset's, and why a row failed.
func columnsOfOurs() []string {
	return []string{
		"key", "caption", "url", "width", "height", "original_width", "original_height", "status", "error_message", "exif",
		"md5", "sha256", "sha512", "reason", "detail",
	}
}

func (c *Problems) columns(columns []string) {
	const path = "source.list.columns"
	for i, column := range columns {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case column == "":
			c.add(0, at, "is empty: want the name of a column")
		case slices.Contains(columnsOfOurs(), column):
			c.add(0, at, "%q is a column that every shard has: rename it in the list", column)
		}
	}
	c.distinct(path, columns)
}

func (c *Problems) listHash(h schemas.ListHash) {
	if h.Column == "" {
		c.add(0, "source.list.hash.column", "is empty: want the column of the hashes")
	}
	c.word("source.list.hash.algorithm", h.Algorithm, hashes()...)
}

func hashes() []string { return []string{"md5", "sha256", "sha512"} }

// distinct wants no item twice.
func (c *Problems) distinct(path string, items []string) {
	first := make(map[string]int, len(items))
	for i, item := range items {
		if j, twice := first[item]; twice {
			c.add(0, fmt.Sprintf("%s[%d]", path, i), "%q is given twice, first as item %d", item, j+1)
			continue
		}
		first[item] = i
	}
}
