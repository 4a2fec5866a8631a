package list

import (
	"context"
	"slices"

	"pairmill/schemas"
)

// pieces says how one file, or how many whole files, become ranges.
type pieces struct {
	file  int
	files int
	n     int64
}

// divide makes pieces of about target bytes: a file as large as one and a half of them is cut where it can be, and small
// ones that follow each other share a piece.
func divide(format string, files []File, target int64) (out []pieces, total int64) {
	shared := int64(0) // bytes in the last piece, when it can take more files
	for i, f := range files {
		n := int64(1)
		if format != schemas.ListJSON && compression(f.Name) == "" {
			n = max((f.Size+target/2)/target, 1)
		}
		if n == 1 && len(out) > 0 && out[len(out)-1].n == 1 && shared+f.Size <= target {
			out[len(out)-1].files++
			shared += f.Size
			continue
		}
		out = append(out, pieces{i, 1, n})
		total += n
		shared = f.Size
	}
	return out, total
}

// ranges cuts a list. Its ranges have the size that the settings say, or grow until there are few enough.
func (r *Reader) ranges(ctx context.Context, f format, files []File, seen []looked) ([]Range, error) {
	target := int64(r.cfg.Range)
	all, total := divide(formatName(f), files, target)
	for total > MaxRanges {
		target += target/4 + 1
		all, total = divide(formatName(f), files, target)
	}
	large := slices.DeleteFunc(slices.Clone(all), func(p pieces) bool { return p.n == 1 })
	cuts := make([][]int64, len(files))
	err := r.each(ctx, firsts(files, large), func(ctx context.Context, i int, in Input) (err error) {
		k := large[i].file
		cuts[k], err = f.cut(ctx, in, files[k], large[i].n)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []Range
	for _, p := range all {
		extent := files[p.file].Size
		if formatName(f) == schemas.ListParquet {
			extent = seen[p.file].rows
		}
		out = append(out, rangesOf(p, extent, cuts[p.file])...)
	}
	return out, nil
}

func formatName(f format) string {
	if t, ok := f.(text); ok {
		return t.name
	}
	return schemas.ListParquet
}

// firsts are the first files of pieces.
func firsts(files []File, all []pieces) []File {
	out := make([]File, len(all))
	for i, p := range all {
		out[i] = files[p.file]
	}
	return out
}

// rangesOf makes the ranges of a file with so many bytes or rows, or of several files.
func rangesOf(p pieces, extent int64, cuts []int64) []Range {
	if p.files > 1 {
		return []Range{{File: p.file, Whole: p.files}}
	}
	var out []Range
	from := int64(0)
	for _, at := range append(cuts, extent) {
		out = append(out, Range{File: p.file, From: from, To: at})
		from = at
	}
	return out
}
