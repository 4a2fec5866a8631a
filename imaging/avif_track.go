package imaging

// track reads the first picture track of an image sequence and returns how many frames it has; 0 when there is none.
func (f *avifFile) track(data []byte) int {
	for id, trak := range boxes(boxAt(data, "moov")) {
		handler := boxAt(trak, "mdia", "hdlr")
		if id != "trak" || len(handler) < 12 {
			continue
		}
		switch string(handler[8:12]) {
		case "auxv":
			f.alpha = true
		case "pict":
			if f.frames > 1 {
				continue
			}
			f.trackSides(boxAt(trak, "tkhd"))
			f.sampleEntry(boxAt(trak, "mdia", "minf", "stbl", "stsd"))
			sizes := fields{b: boxAt(trak, "mdia", "minf", "stbl", "stsz")}
			sizes.next(8)
			f.frames = int(sizes.next(4))
		}
	}
	if f.w == 0 {
		return 0
	}
	return f.frames
}

// trackSides reads width and height, in 16.16 fixed point, at the end of tkhd.
func (f *avifFile) trackSides(tkhd []byte) {
	if len(tkhd) >= 8 {
		r := fields{b: tkhd[len(tkhd)-8:]}
		f.w, f.h = int(r.next(4)>>16), int(r.next(4)>>16)
	}
}

// sampleEntry reads the properties behind the fixed part of av01 (14496-12, 12.1.3).
func (f *avifFile) sampleEntry(stsd []byte) {
	entry := boxAt(stsd[min(8, len(stsd)):], "av01")
	for id, body := range boxes(entry[min(78, len(entry)):]) {
		f.apply(avifProperty{id, body}, new(int), new(int))
	}
}
