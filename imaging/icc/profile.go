package icc

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Profile is what this package needs of one.
type Profile struct {
	// Description is the profile's own name in English where it has one, at most 64 characters, all printable.
	Description string
	// Space is the colour space of the picture: "RGB", "GRAY", "CMYK" or another signature of ICC.1 7.2.6.
	Space string

	table    bool // converts by a table, which is not read
	xyz      bool // PCS is XYZ
	colorant [3][3]float64
	curve    [3]curve // of grey only the first
}

// ErrDamaged is wrapped by every error of Parse.
var ErrDamaged = errors.New("damaged colour profile")

const (
	headerLen = 128
	maxTags   = 100 // real profiles have about twenty
)

// Parse reads a profile. What cannot be converted still parses; see Profile.Transform.
func Parse(data []byte) (*Profile, error) {
	if len(data) < headerLen+4 || string(data[36:40]) != "acsp" {
		return nil, fmt.Errorf("%w: no header in %d bytes", ErrDamaged, len(data))
	}
	tags := tagTable(data)
	p := &Profile{Description: description(tags["desc"]), Space: trim(data[16:20]), xyz: string(data[20:24]) == "XYZ "}
	_, p.table = tags["A2B0"]
	if p.table {
		return p, nil
	}
	var names []string
	switch p.Space {
	case "RGB":
		names = []string{"rTRC", "gTRC", "bTRC"}
	case "GRAY":
		names = []string{"kTRC"}
	}
	for i, name := range names {
		var err error
		if p.curve[i], err = parseCurve(tags[name]); err != nil {
			return nil, fmt.Errorf("%w: %s: %v", ErrDamaged, name, err)
		}
	}
	if p.Space == "RGB" {
		return p, p.readColorants(tags)
	}
	return p, nil
}

func (p *Profile) readColorants(tags map[string][]byte) error {
	for i, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		b := tags[name]
		if len(b) < 20 || string(b[:4]) != "XYZ " {
			return fmt.Errorf("%w: %s of %d bytes", ErrDamaged, name, len(b))
		}
		for row := range 3 {
			p.colorant[row][i] = fixed(b[8+row*4:])
		}
	}
	return nil
}

// tagTable maps signatures to their bytes. An entry that lies outside is left out; the first of a name counts.
func tagTable(data []byte) map[string][]byte {
	be := binary.BigEndian
	tags := map[string][]byte{}
	entries := data[headerLen+4:]
	for i := range min(int64(be.Uint32(data[headerLen:])), maxTags, int64(len(entries)/12)) {
		e := entries[i*12:]
		name, at, n := string(e[:4]), uint64(be.Uint32(e[4:])), uint64(be.Uint32(e[8:]))
		if _, seen := tags[name]; !seen && at+n <= uint64(len(data)) {
			tags[name] = data[at : at+n]
		}
	}
	return tags
}

// fixed reads s15Fixed16Number.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

func trim(b []byte) string {
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return printable(string(b))
}
