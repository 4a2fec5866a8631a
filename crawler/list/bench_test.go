package list

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"pairmill/schemas"
	"pairmill/store/table"
)

// benchRows is the length of the lists; PAIRMILL_BENCH_ROWS=5000000 shows that memory does not grow with it.
func benchRows(b *testing.B) int {
	n, err := strconv.Atoi(os.Getenv("PAIRMILL_BENCH_ROWS"))
	if err != nil {
		return 200_000
	}
	return n
}

func benchRow(i int) (url, text, uid string) {
	return fmt.Sprintf("https://img%d.example-shop.test/s/files/1/%07d/products/picture_%d_1024.jpg?v=157%d", i%5000, i/7, i, i),
		fmt.Sprintf("Picture %d of a \"red\" bicycle, leaning on a wall in the old town", i), fmt.Sprintf("%032x", i)
}

func benchFile(b *testing.B, name string, n int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	finish := w.Flush
	write := func(url, text, uid string) error {
		_, err := fmt.Fprintf(w, "%s,\"%s\",%s,%d\n", url, strings.ReplaceAll(text, "\"", "\"\""), uid, 300)
		return err
	}
	switch name {
	case "l.csv":
		_, err = w.WriteString("URL,TEXT,uid,n\n")
	case "l.jsonl.gz":
		z := gzip.NewWriter(w)
		e := json.NewEncoder(z)
		write = func(url, text, uid string) error {
			return e.Encode(map[string]any{"URL": url, "TEXT": text, "uid": uid, "n": 300})
		}
		finish = func() error { _ = z.Close(); return w.Flush() }
	case "l.parquet":
		v, _ := table.NewValues(w, []schemas.Column{{Name: "URL", Type: "string"}, {Name: "TEXT", Type: "string"}, {Name: "uid", Type: "string"},
			{Name: "n", Type: "int64"}}, table.Config{})
		write = func(url, text, uid string) error { return v.Write([]any{url, text, uid, int64(300)}) }
		finish = func() error { _ = v.Close(); return w.Flush() }
	}
	for i := 0; i < n && err == nil; i++ {
		err = write(benchRow(i))
	}
	if err == nil {
		err = finish()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return path
}

// cpu is the processor time that this process has had: what a machine shared with others cannot blur.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkScan reads lists on one core, planning apart from scanning.
func BenchmarkScan(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, name := range []string{"l.csv", "l.jsonl.gz", "l.parquet"} {
		n := benchRows(b)
		path := benchFile(b, name, n)
		r, err := New(Local(), schemas.List{Inputs: []string{path}, URL: "URL", Caption: "TEXT", Columns: []string{"uid", "n"}})
		if err != nil {
			b.Fatal(err)
		}
		var p Plan
		b.Run("plan/"+name, func(b *testing.B) {
			for b.Loop() {
				if p, err = r.Survey(context.Background(), 10_000); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("rows/"+name, func(b *testing.B) {
			var peak uint64
			rows, before := 0, cpu()
			for b.Loop() {
				rows = 0
				for i := range p.Ranges {
					for _, err := range r.Rows(context.Background(), &p, i) {
						if err != nil {
							b.Fatal(err)
						}
						if rows++; rows%100_000 == 0 {
							var m runtime.MemStats
							runtime.ReadMemStats(&m)
							peak = max(peak, m.HeapInuse)
						}
					}
				}
			}
			if rows != n {
				b.Fatalf("%d rows of %d", rows, n)
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(cpu()-before)/float64(rows*b.N), "cpu-ns/row")
			b.ReportMetric(float64(peak)/(1<<20), "MiB-heap")
			b.ReportMetric(float64(len(p.Ranges)), "ranges")
		})
	}
}
