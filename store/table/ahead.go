package table

import (
	"cmp"
	"io"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"
)

// What a row group's reader holds of an object's bytes, besides a page of each column. One that is at hand is read in
// pieces of readBuffer, through a buffer for each column. From a distant one each piece is a request, so columns share
// one budget: what is small comes together and whole, what is large in windows. Many tables are read at once where
// inputs are merged, so the budget is no more than the columns' buffers would be, from one stride on.
const (
	readBuffer  = 128 << 10 // a page of ours in few reads, little memory for wide tables
	smallBuffer = 16 << 10  // between window and decoder: a page's header and its beginning
	mostStrides = 4         // of the budget: from there on, requests cost a fifth of the time
)

// buffer is what the library reads at once.
func (t *tail) buffer() int {
	if t.stride > 0 {
		return smallBuffer
	}
	return readBuffer
}

// ahead is where a row group's readers read: pages by their column's place in the list, page indexes all from one.
type ahead struct {
	pages   []io.ReaderAt
	indexes io.ReaderAt
}

// lookAhead says how rows of these columns of a row group are best read.
func (t *tail) lookAhead(f *parquet.File, group int, columns []int, from, to int64) ahead {
	out := ahead{pages: make([]io.ReaderAt, len(columns)), indexes: t}
	if t.stride <= 0 || group >= len(f.Metadata().RowGroups) {
		for i := range out.pages {
			out.pages[i] = t
		}
		return out
	}
	chunks, indexes := t.spans(f, group, columns)
	whole := from == 0 && to == f.RowGroups()[group].NumRows()
	budget := min(max(t.stride, int64(len(columns))*readBuffer), mostStrides*t.stride)
	if all := around(chunks); !whole && all.size() <= min(t.stride, budget) {
		one := t.pages.piece(t, all)
		for i := range out.pages {
			out.pages[i] = one
		}
	} else {
		out.pages = share(t, chunks, budget, t.stride, whole)
	}
	if all := around(indexes); from > 0 && all.size() <= t.stride {
		out.indexes = t.indexes.piece(t, all)
	}
	return out
}

// recent is the piece that was asked for last. Who searches for a row asks for many others of its group.
type recent struct {
	mu   sync.Mutex
	last *piece // guarded by mu
}

func (r *recent) piece(from io.ReaderAt, s span) *piece {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil || r.last.span != s {
		r.last = &piece{r: from, span: s}
	}
	return r.last
}

// spans are where the columns' pages and page indexes stand; empty where the footer says nonsense.
func (t *tail) spans(f *parquet.File, group int, columns []int) (chunks, indexes []span) {
	all := f.Metadata().RowGroups[group].Columns
	chunks, indexes = make([]span, len(columns)), make([]span, len(columns))
	for i, c := range columns {
		if c < 0 || c >= len(all) {
			continue // openGroup has an error for it
		}
		at := all[c].MetaData.DataPageOffset
		if dictionary := all[c].MetaData.DictionaryPageOffset; dictionary != 0 {
			at = dictionary
		}
		chunks[i] = t.within(at, all[c].MetaData.TotalCompressedSize)
		indexes[i] = t.within(all[c].OffsetIndexOffset, int64(all[c].OffsetIndexLength))
	}
	return chunks, indexes
}

// within is a span of the file.
func (t *tail) within(at, n int64) span {
	if at < 0 || n <= 0 || at > t.size || n > t.size-at {
		return span{}
	}
	return span{at, at + n}
}

// span is a part of a file, from its first byte up to, not including, end.
type span struct{ at, end int64 }

func (s span) size() int64 { return s.end - s.at }

func (s span) holds(at, n int64) bool { return at >= s.at && at+n <= s.end }

// around is the smallest span that holds all of those that are not empty.
func around(all []span) (out span) {
	for _, s := range all {
		switch {
		case s.size() == 0:
		case out.size() == 0:
			out = s
		default:
			out = span{min(out.at, s.at), max(out.end, s.end)}
		}
	}
	return out
}

// share divides a budget of memory among columns. The smallest get what they need and are read whole, neighbours in one
// request; the others get equal windows. Of a group that is not read whole, all get windows that begin small.
func share(r io.ReaderAt, spans []span, budget, stride int64, whole bool) []io.ReaderAt {
	order := make([]int, len(spans)) // by size
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(spans[a].size(), spans[b].size()) })
	out := make([]io.ReaderAt, len(spans))
	left, small := budget, 0
	for n := int64(len(order)); small < len(order); small++ {
		need := spans[order[small]].size()
		if !whole || need > left/(n-int64(small)) {
			break
		}
		left -= need
	}
	spare := left / 4 // for what lies between columns that come together
	if small < len(order) {
		left -= spare
	}
	for _, i := range order[small:] {
		size := left / int64(len(order)-small)
		w := &window{r: r, span: spans[i], size: size, most: size}
		if !whole {
			w.size = min(size, readBuffer)
		}
		out[i] = w
	}
	together(r, spans, order[:small], min(spare, stride), out)
	return out
}

// together makes pieces of neighbours. What lies between them and nobody wants takes no more than spare bytes.
func together(r io.ReaderAt, spans []span, which []int, spare int64, out []io.ReaderAt) {
	which = slices.Clone(which)
	slices.SortFunc(which, func(a, b int) int { return cmp.Compare(spans[a].at, spans[b].at) })
	var p *piece
	for _, i := range which {
		s := spans[i]
		if p != nil && s.at >= p.at && s.at-p.end <= spare {
			spare -= max(s.at-p.end, 0)
			p.end = max(p.end, s.end)
		} else {
			p = &piece{r: r, span: s}
		}
		out[i] = p
	}
}
