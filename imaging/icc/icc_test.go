package icc

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

func num(vs ...float64) (b []byte) {
	for _, v := range vs {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

func para(kind byte, v ...float64) []byte {
	return append([]byte{'p', 'a', 'r', 'a', 0, 0, 0, 0, 0, kind, 0, 0}, num(v...)...)
}

func curv(points ...uint16) []byte {
	b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), uint32(len(points)))
	for _, p := range points {
		b = binary.BigEndian.AppendUint16(b, p)
	}
	return b
}

// profile lays tags out behind a header.
func profile(space, pcs string, tags ...[]byte) []byte {
	b := make([]byte, headerLen)
	copy(b[16:], space)
	copy(b[20:], pcs)
	copy(b[36:], "acsp")
	b = binary.BigEndian.AppendUint32(b, uint32(len(tags)/2))
	at := len(b) + len(tags)/2*12
	var body []byte
	for i := 0; i < len(tags); i += 2 {
		b = append(b, tags[i]...)
		b = binary.BigEndian.AppendUint32(b, uint32(at+len(body)))
		b = binary.BigEndian.AppendUint32(b, uint32(len(tags[i+1])))
		body = append(body, tags[i+1]...)
	}
	return append(b, body...)
}

func TestCurves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data []byte
		want map[float64]float64
	}{
		"identity":      {curv(), map[float64]float64{0: 0, 0.3: 0.3, 1: 1}},
		"gamma 2":       {curv(0x200), map[float64]float64{0.5: 0.25, 1: 1}},
		"two points":    {curv(0, 65535), map[float64]float64{0.25: 0.25, 1: 1}},
		"three points":  {curv(0, 0, 65535), map[float64]float64{0.5: 0, 0.75: 0.5, 1: 1}},
		"para 0":        {para(0, 3), map[float64]float64{0.5: 0.125}},
		"para 1":        {para(1, 2, 2, -1), map[float64]float64{0.25: 0, 0.75: 0.25, 1: 1}},
		"para 2":        {para(2, 2, 2, -1, 0.125), map[float64]float64{0.25: 0.125, 0.75: 0.375}},
		"para 3":        {para(3, 2, 1, 0, 0.5, 0.5), map[float64]float64{0.25: 0.125, 0.75: 0.5625}},
		"para 4":        {para(4, 2, 1, 0, 0.5, 0.5, 0.125, 0.25), map[float64]float64{0.25: 0.375, 0.75: 0.6875}},
		"stays in 0..1": {para(4, 1, 9, -3, 0, 0, 0, 0), map[float64]float64{0.1: 0, 1: 1}},
	} {
		f, err := parseCurve(c.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for x, y := range c.want {
			if got := f(x); math.Abs(got-y) > 1e-4 {
				t.Errorf("%s: %v gives %v, want %v", name, x, got, y)
			}
		}
	}
	for name, data := range map[string][]byte{
		"short": curv()[:11], "fewer points than said": curv(1, 2, 3)[:16], "type": para(5, 1, 1, 1, 1, 1, 1, 1), "values": para(3, 1, 1), "flat": para(1, 2, 0, 0), "name": []byte("none\x00\x00\x00\x00\x00\x00\x00\x00"),
	} {
		if _, err := parseCurve(data); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// TestLinearGrey wants the sRGB formula, exactly.
func TestLinearGrey(t *testing.T) {
	t.Parallel()
	p, err := Parse(profile("GRAY", "XYZ ", []byte("kTRC"), curv()))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := p.Transform()
	if err != nil || tr.Identity() {
		t.Fatalf("identity: %v, %v", tr, err)
	}
	for v := range 256 {
		want := float64(v) / 255
		if want <= 0.0031308 {
			want *= 12.92
		} else {
			want = 1.055*math.Pow(want, 1/2.4) - 0.055
		}
		got := []byte{byte(v), byte(v), byte(v)}
		tr.Apply(got)
		if math.Abs(float64(got[0])-255*want) > 0.51 || got[1] != got[0] || got[2] != got[0] {
			t.Errorf("%d gives %v, want %.2f", v, got, 255*want)
		}
	}
}

func TestWhatIsNotConverted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data  []byte
		cause error
	}{
		"table":       {profile("RGB ", "XYZ ", []byte("A2B0"), []byte("mft2")), ErrTable},
		"cmyk":        {profile("CMYK", "Lab "), ErrSpace},
		"lab grey":    {profile("GRAY", "Lab ", []byte("kTRC"), curv()), ErrSpace},
		"no curve":    {profile("GRAY", "XYZ "), ErrDamaged},
		"no colorant": {profile("RGB ", "XYZ ", []byte("rTRC"), curv(), []byte("gTRC"), curv(), []byte("bTRC"), curv()), ErrDamaged},
		"empty":       {nil, ErrDamaged},
		"short":       {profile("GRAY", "XYZ ")[:100], ErrDamaged},
	} {
		p, err := Parse(c.data)
		if err == nil {
			_, err = p.Transform()
		}
		if !errors.Is(err, c.cause) {
			t.Errorf("%s: %v, want %v", name, err, c.cause)
		}
	}
}

func TestDescription(t *testing.T) {
	t.Parallel()
	v4 := append([]byte("mluc\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x0c"),
		"deDE\x00\x00\x00\x04\x00\x00\x00\x28enUS\x00\x00\x00\x06\x00\x00\x00\x2c\x00d\x00e\x00e\x00n\x00g"...)
	for want, data := range map[string][]byte{
		"sRGB built": []byte("desc\x00\x00\x00\x00\x00\x00\x00\x0bsRGB built\x00and more"),
		"eng":        v4,
		"de":         append(append([]byte{}, v4[:28]...), append([]byte("frFR"), v4[32:]...)...),
		"ab":         []byte("desc\x00\x00\x00\x00\xff\xff\xff\xff\na\tb\x01"),
		"":           []byte("text\x00\x00\x00\x00abcdef"),
	} {
		if got := description(data); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
