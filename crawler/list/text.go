package list

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"pairmill/schemas"
)

// headBytes is how much of each text file, decompressed, types are inferred from.
const headBytes = 1 << 20

// decoder makes rows of records.
type decoder interface {
	row(record []byte) ([]any, error)
	infer(record []byte, types []string) error // widens the types of the wanted columns by one record
	missing() []int                            // wanted columns that no record had so far
	names() []string                           // columns that records had so far
}

// text reads the text formats.
type text struct{ name string }

func (t text) delimiter() byte {
	return map[string]byte{schemas.ListCSV: ',', schemas.ListTSV: '\t'}[t.name]
}

// look implements format.
func (t text) look(ctx context.Context, in Input, f File, want []wanted) (looked, error) {
	s, err := openStream(ctx, in, f, 0)
	if err != nil {
		return looked{}, err
	}
	defer s.close()
	records, d, err := t.open(ctx, s, in, f, want)
	if err != nil {
		return looked{}, err
	}
	l := looked{types: make([]string, len(want))}
	read := 0
	for read < headBytes {
		record, err := records.next()
		if err == io.EOF {
			l.whole = true
			break
		}
		if err == nil {
			err = at(records, d.infer(record, l.types))
		}
		if err != nil {
			return l, err
		}
		l.rows++
		read += len(record) + 1
	}
	if l.share = 1; !l.whole {
		l.share = t.share(s, f, read)
	}
	l.missing, l.names = d.missing(), d.names()
	return l, nil
}

// share is the part of a file that a head is.
func (t text) share(s *stream, f File, read int) float64 {
	if compression(f.Name) != "" {
		read = int(s.raw.n)
	}
	return min(float64(read)/float64(max(f.Size, 1)), 1)
}

func at(r splitter, err error) error {
	if err != nil {
		return fmt.Errorf("%v: %w", r.place(), err)
	}
	return nil
}

// open begins to read records of a stream. Those that want a header get the file's.
func (t text) open(ctx context.Context, s *stream, in Input, f File, want []wanted) (splitter, decoder, error) {
	switch t.name {
	case schemas.ListTXT:
		if len(want) > 1 {
			return nil, nil, fmt.Errorf("txt holds URLs and nothing else: the setting %s needs another format", want[0].setting)
		}
		return newLines(s, 0), txt{}, nil
	case schemas.ListJSON:
		return newArray(s.Reader), newObjects(want), nil
	case schemas.ListJSONL:
		return newLines(s, 0), newObjects(want), nil
	}
	records := newLines(s, t.delimiter())
	head, err := t.header(ctx, records, in, f)
	if err != nil {
		return nil, nil, err
	}
	d, err := newDelimited(t.delimiter(), want, head)
	return records, d, err
}

// header is the first record of a delimited file, which records take along when they begin at the beginning.
func (t text) header(ctx context.Context, records *lineRecords, in Input, f File) ([]byte, error) {
	if records.pos.origin > 0 {
		s, err := openStream(ctx, in, f, 0)
		if err != nil {
			return nil, err
		}
		defer s.close()
		records = newLines(s, t.delimiter())
	}
	head, err := records.next()
	if err == io.EOF {
		return nil, errors.New("the file is empty: want a header with the columns' names")
	}
	return bytes.Clone(head), err
}

// cut implements format. Lines can be cut anywhere; quoted fields hold newlines, so delimited text is read up to there.
func (t text) cut(ctx context.Context, in Input, f File, pieces int64) ([]int64, error) {
	goals := evenly(f.Size, pieces)
	if t.delimiter() == 0 {
		return goals, nil
	}
	s, err := openStream(ctx, in, f, 0)
	if err != nil {
		return nil, err
	}
	defer s.close()
	records := newLines(s, t.delimiter())
	var out []int64
	for len(goals) > 0 {
		if _, err := records.next(); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		begin := records.begin.at
		if begin >= goals[0] {
			out = append(out, begin)
		}
		for len(goals) > 0 && goals[0] <= begin { // a long record passes several
			goals = goals[1:]
		}
	}
	return out, nil
}

// evenly cuts n into pieces; it returns the inner bounds.
func evenly(n, pieces int64) []int64 {
	var out []int64
	for i := int64(1); i < pieces; i++ {
		out = append(out, n/pieces*i)
	}
	return slices.Compact(out)
}

// rows implements format.
func (t text) rows(ctx context.Context, in Input, f File, from, to int64, want []wanted, yield func([]any) error) error {
	start := from
	if t.delimiter() == 0 && from > 0 {
		start-- // the line that begins before from ends there or behind
	}
	if compression(f.Name) != "" || t.name == schemas.ListJSON {
		start, to = 0, math.MaxInt64
	}
	s, err := openStream(ctx, in, f, start)
	if err != nil {
		return err
	}
	defer s.close()
	records, d, err := t.open(ctx, s, in, f, want)
	if err != nil {
		return err
	}
	if lines, ok := records.(*lineRecords); ok && start < from {
		if _, err := lines.line(); err != nil {
			return ended(err)
		}
	}
	for {
		record, err := records.next()
		if err != nil {
			return ended(err)
		}
		if records.place().at >= to {
			return nil
		}
		row, err := d.row(record)
		if err != nil {
			return at(records, err)
		}
		if err := yield(row); err != nil {
			return err
		}
	}
}

func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// txt decodes lines that are URLs.
type txt struct{}

func (txt) row(record []byte) ([]any, error)     { return []any{string(record)}, nil }
func (txt) infer(_ []byte, types []string) error { types[0] = schemas.ColumnString; return nil }
func (txt) missing() []int                       { return nil }
func (txt) names() []string                      { return nil }
