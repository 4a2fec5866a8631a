package table

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"pairmill/schemas"
)

type embedded struct {
	UID    string    `parquet:"uid"`
	Row    int64     `parquet:"row"`
	Vector []float32 `parquet:"vector"`
}

const benchRows = 4096

func embeddedRows() []embedded {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([]embedded, benchRows)
	for i := range rows {
		rows[i] = embedded{fmt.Sprintf("%032x", i), int64(i), make([]float32, 512)}
		for j := range rows[i].Vector {
			rows[i].Vector[j] = float32(r.NormFloat64()) / 22
		}
	}
	return rows
}

var benchTypes = []string{schemas.Float16, schemas.Float32}

func rowsPerSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkWrite512(b *testing.B) {
	rows := embeddedRows()
	for _, typ := range benchTypes {
		b.Run(typ, func(b *testing.B) {
			for b.Loop() {
				w, err := NewWriter[embedded](io.Discard, Config{Vectors: map[string]Vector{"vector": {512, typ}}})
				if err == nil {
					err = w.Write(rows...)
				}
				if err == nil {
					err = w.Close()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			rowsPerSecond(b)
		})
	}
}

func BenchmarkRead512(b *testing.B) {
	for _, typ := range benchTypes {
		b.Run(typ, func(b *testing.B) {
			s := stored(b, encode(b, Config{Vectors: map[string]Vector{"vector": {512, typ}}}, embeddedRows()...))
			for b.Loop() {
				if rows, err := read[embedded](b, s); err != nil || len(rows) != benchRows {
					b.Fatal(len(rows), err)
				}
			}
			rowsPerSecond(b)
		})
	}
}

func BenchmarkCheck512(b *testing.B) {
	s := stored(b, encode(b, Config{Vectors: map[string]Vector{"vector": {512, schemas.Float16}}}, embeddedRows()...))
	for b.Loop() {
		if n, err := Check(b.Context(), s, "t"); err != nil || n != benchRows {
			b.Fatal(n, err)
		}
	}
	rowsPerSecond(b)
}
