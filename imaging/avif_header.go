package imaging

import (
	"math"

	"pairmill/schemas"
)

// avifFile is what the container says of the picture that is shown: the primary item (ISO/IEC 23008-12), or the first
// picture track when the file is a sequence.
type avifFile struct {
	w, h        int
	deep        bool // more than 8 bits
	full        bool // chroma at full width
	tall        int  // 2 where it has half the height too
	alpha       bool
	grey        bool
	frames      int
	orientation int
	profile     []byte   // colr of type prof or rICC
	cicp        *[3]int  // colr of type nclx: primaries, transfer, matrix
	extents     []extent // of the primary item, in the file
}

// extent is a stretch of the file.
type extent struct{ at, n uint64 }

func avifHeader(data []byte) (Header, error) {
	f, err := parseAVIF(data)
	return Header{
		Width: f.w, Height: f.h, Frames: f.frames, Animated: f.frames > 1, Orientation: f.orientation,
		grey: f.grey, perPixel: f.perPixel() + 3, beside: avifBase + 2*int64(len(data)), collected: true,
	}, err
}

// perPixel is what the decoder's memory was measured to need at most, for each pixel: its planes and reference planes,
// RGBA, and a copy of it.
func (f *avifFile) perPixel() int {
	n := 24
	if f.full {
		n += 4
	}
	if f.alpha {
		n += 16
	}
	if f.deep {
		n = n*2 + 8
	}
	return n
}

func parseAVIF(data []byte) (avifFile, error) {
	f := avifFile{orientation: 1}
	frames := f.track(data)
	if string(data[8:12]) == "avis" && frames > 0 { // Sniff has seen that there are twelve bytes
		return f, nil
	}
	f = avifFile{orientation: 1, frames: frames}
	meta := boxAt(data, "meta")
	if meta == nil {
		return f, refuse(schemas.ImageTruncated, "avif: no meta box in %d bytes", len(data))
	}
	primary := primaryItem(meta)
	f.properties(meta, primary)
	f.alpha = boxAt(meta, "iref", "auxl") != nil
	f.extents = itemExtents(boxAt(meta, "iloc"), primary)
	for _, e := range f.extents {
		if e.at > uint64(len(data)) || e.n > uint64(len(data))-e.at {
			return f, refuse(schemas.ImageTruncated, "avif: picture up to byte %d of %d", e.at+e.n, len(data))
		}
	}
	return f, nil
}

func primaryItem(meta []byte) uint64 {
	r := fields{b: boxAt(meta, "pitm")}
	version := r.next(4) >> 24
	return r.pick(version > 0)
}

// properties applies the ones associated with the item, in order (23008-12, 9.3).
func (f *avifFile) properties(meta []byte, item uint64) {
	var all []avifProperty
	for id, body := range boxes(boxAt(meta, "iprp", "ipco")) {
		all = append(all, avifProperty{id, body})
	}
	r := fields{b: boxAt(meta, "iprp", "ipma")}
	head := r.next(4)
	turn, mirror := 0, -1
	for range r.next(4) {
		id, n := r.pick(head>>24 > 0), r.next(1)
		for range n {
			index := r.next(1) & 0x7f
			if head&1 == 1 {
				index = index<<8 | r.next(1)
			}
			if id == item && index >= 1 && index <= uint64(len(all)) {
				f.apply(all[index-1], &turn, &mirror)
			}
		}
		if r.short {
			break
		}
	}
	f.orientation = turned(turn, mirror)
}

type avifProperty struct {
	id   string
	body []byte
}

func (f *avifFile) apply(p avifProperty, turn, mirror *int) {
	r := fields{b: p.body}
	switch p.id {
	case "ispe":
		r.next(4)
		f.w, f.h = clampSide(uint32(r.next(4))), clampSide(uint32(r.next(4)))
	case "pixi":
		r.next(5)
		f.deep = f.deep || r.next(1) > 8
	case "av1C":
		r.next(2)
		bits := r.next(1)
		f.deep, f.grey, f.full = f.deep || bits&0x40 != 0, bits&0x10 != 0, bits&0x08 == 0
		f.tall = 1 + int(bits>>2&1)
	case "irot":
		*turn = int(r.next(1) & 3)
	case "imir":
		*mirror = int(r.next(1) & 1)
	case "colr":
		f.colour(p.body)
	}
}

func (f *avifFile) colour(body []byte) {
	if len(body) < 4 {
		return
	}
	switch r := (fields{b: body[4:]}); string(body[:4]) {
	case "prof", "rICC":
		f.profile = body[4:]
	case "nclx":
		f.cicp = &[3]int{int(r.next(2)), int(r.next(2)), int(r.next(2))}
	}
}

// turned is the EXIF orientation of quarter turns to the left, then a mirror: -1 none, 0 top to bottom, 1 left to right.
func turned(turn, mirror int) int {
	return [4][3]int{{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}[turn][mirror+1]
}

// itemExtents reads iloc (14496-12, 8.11.3) for one item. Only extents that count from the start of the file are given.
func itemExtents(iloc []byte, item uint64) (all []extent) {
	r := fields{b: iloc}
	version, sizes := r.next(4)>>24, r.next(2)
	size := func(shift int) int { return int(min(sizes>>shift&15, 8)) }
	for range r.pick(version == 2) {
		id, method := r.pick(version == 2), uint64(0)
		if version > 0 {
			method = r.next(2) & 15
		}
		r.next(2)
		base := r.next(size(4))
		for range r.next(2) {
			if version > 0 {
				r.next(size(0))
			}
			at, n := r.next(size(12)), r.next(size(8))
			if id == item && method == 0 && base <= math.MaxInt64 && at <= math.MaxInt64 {
				all = append(all, extent{base + at, n})
			}
			if r.short {
				return nil
			}
		}
		if r.short {
			return nil
		}
	}
	return all
}
