package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	type line struct {
		N   int32  `parquet:"n"`
		URL string `parquet:"url"`
	}
	var file bytes.Buffer
	w, err := NewWriter[line](&file, Config{RowGroupRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("the-same-beginning-", 20) // bounds are whole, however much values have in common
	for i := range int32(250) {
		if err := w.Write(line{i, fmt.Sprintf("%s%03d", long, i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	columns, err := columnsOf[line](nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := blobObject{io.NewSectionReader(bytes.NewReader(file.Bytes()), 0, int64(file.Len())), "lines"}
	tab, err := openObject[line]("lines", o, leaves(columns, leaf{}))
	if err != nil {
		t.Fatal(err)
	}
	spans, err := tab.Spans("url")
	if err != nil {
		t.Fatal(err)
	}
	want := []Span{{0, 100, long + "000", long + "099"}, {100, 200, long + "100", long + "199"}, {200, 250, long + "200", long + "249"}}
	if fmt.Sprint(spans) != fmt.Sprint(want) {
		t.Errorf("spans %v, want %v", spans, want)
	}
	if _, err := tab.Spans("uri"); err == nil || !strings.Contains(err.Error(), `no column "uri"`) {
		t.Errorf("a column that is not there: %v", err)
	}
}
