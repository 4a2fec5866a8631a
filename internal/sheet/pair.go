package sheet

import (
	"cmp"
	"hash/fnv"
	"html/template"
)

// dataRow is what a sheet reads of a schemas.DatasetRow.
type dataRow struct {
	UID        string  `parquet:"uid"`
	Key        string  `parquet:"key"`
	Caption    string  `parquet:"caption"`
	PageURL    string  `parquet:"page_url"`
	Width      int32   `parquet:"width"`
	Height     int32   `parquet:"height"`
	Similarity float32 `parquet:"similarity"`
}

// Pair is one shown row.
type Pair struct {
	Key           string
	Caption       string
	PageURL       string
	Width, Height int32 // of the stored picture
	Similarity    float32

	// Picture is a data: URI; empty unless it was asked for, and when the picture is past Config.MaxPicture.
	Picture template.URL

	shard string
	draw  uint64
}

func newPair(r dataRow, shard string) Pair {
	h := fnv.New64a()
	h.Write([]byte(r.UID))
	return Pair{
		Key: r.Key, Caption: r.Caption, PageURL: r.PageURL, Width: r.Width, Height: r.Height, Similarity: r.Similarity,
		shard: shard, draw: h.Sum64(),
	}
}

func bestFirst(a, b Pair) int {
	return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.Key, b.Key))
}

func worstFirst(a, b Pair) int {
	return cmp.Or(cmp.Compare(a.Similarity, b.Similarity), cmp.Compare(a.Key, b.Key))
}

func byDraw(a, b Pair) int {
	return cmp.Or(cmp.Compare(a.draw, b.draw), cmp.Compare(a.Key, b.Key))
}
