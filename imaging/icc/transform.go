package icc

import (
	"errors"
	"fmt"
	"math"
	"sync"
)

// Why a sound profile is not converted.
var (
	ErrTable = errors.New("profile with tables")
	ErrSpace = errors.New("profile of another colour space")
)

const (
	oneBits   = 24 // linear light 1.0 in fixed point
	indexBits = 14 // of the table of sRGB samples: its step is a fifth of a level where sRGB is steepest
)

// Transform turns 8-bit RGB pixels into sRGB. It is read-only, and safe for concurrent use.
type Transform struct {
	identity bool
	// part is what each sample contributes to linear red, green and blue.
	part [3][256][3]int32
	srgb *[1<<indexBits + 1]byte
}

// Transform builds the conversion. It takes some ten microseconds. The error wraps ErrTable or ErrSpace, or ErrDamaged for
// colorants that span no space.
func (p *Profile) Transform() (*Transform, error) {
	switch {
	case p.table:
		return nil, ErrTable
	case p.Space != "RGB" && p.Space != "GRAY", !p.xyz:
		return nil, fmt.Errorf("%w (%s)", ErrSpace, p.Space)
	}
	toLinear := [3][3]float64{{1, 0, 0}, {1, 0, 0}, {1, 0, 0}} // grey: every channel is the red sample
	if p.Space == "RGB" {
		toLinear = multiply(fromXYZ(), p.colorant)
	}
	t := &Transform{srgb: samples()}
	for c := range 3 {
		if p.curve[c] == nil {
			continue
		}
		for v := range 256 {
			light := unit(p.curve[c](float64(v) / 255))
			for row := range 3 {
				part := light * toLinear[row][c]
				if !(math.Abs(part) <= 16) { // three of them must fit 32 bits
					return nil, fmt.Errorf("%w: colorants out of range", ErrDamaged)
				}
				t.part[c][v][row] = int32(math.Round(part * (1 << oneBits)))
			}
		}
	}
	t.identity = t.nearIdentity()
	return t, nil
}

// Identity tells that the profile is sRGB, or differs from it by no more than one level.
func (t *Transform) Identity() bool { return t.identity }

// Apply converts RGB pixels in place.
func (t *Transform) Apply(pix []byte) {
	for i := 0; i+3 <= len(pix); i += 3 {
		d := pix[i : i+3 : i+3]
		r, g, b := &t.part[0][d[0]], &t.part[1][d[1]], &t.part[2][d[2]]
		d[0] = t.srgb[index(r[0]+g[0]+b[0])]
		d[1] = t.srgb[index(r[1]+g[1]+b[1])]
		d[2] = t.srgb[index(r[2]+g[2]+b[2])]
	}
}

func index(light int32) int32 {
	const shift = oneBits - indexBits
	return min(max((light+1<<(shift-1))>>shift, 0), 1<<indexBits)
}

// nearIdentity probes a grid that has every corner of the cube, and is denser in the dark, where curves differ.
func (t *Transform) nearIdentity() bool {
	steps := [8]byte{0, 8, 24, 48, 80, 128, 192, 255}
	for at := range 8 * 8 * 8 {
		want := [3]byte{steps[at&7], steps[at>>3&7], steps[at>>6]}
		got := want
		t.Apply(got[:])
		for i := range got {
			if d := int(got[i]) - int(want[i]); d < -1 || d > 1 {
				return false
			}
		}
	}
	return true
}

// samples is the sRGB encoding (IEC 61966-2-1) of linear light. It is the same for all profiles.
var samples = sync.OnceValue(func() *[1<<indexBits + 1]byte {
	var s [1<<indexBits + 1]byte
	for i := range s {
		v := float64(i) / (1 << indexBits)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		s[i] = byte(math.Round(255 * v))
	}
	return &s
})
