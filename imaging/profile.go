package imaging

import (
	"errors"
	"fmt"

	"pairmill/imaging/icc"
)

// colour is what becomes of an embedded profile.
type colour struct {
	note string         // for Result.Profile
	to   *icc.Transform // nil: samples stay
}

// colourOf decides by the profile alone. A picture with a profile that is not converted keeps its samples, as they would be
// without one: a wrong guess would be worse than a small shift.
func colourOf(data []byte, h Header) colour {
	profile, note := embeddedProfile(data, h)
	if profile == nil {
		return colour{note: note}
	}
	p, err := icc.Parse(profile)
	if err != nil {
		return colour{note: "kept: damaged profile"}
	}
	t, err := p.Transform()
	switch {
	case errors.Is(err, icc.ErrTable):
		return kept("profile with tables", p)
	case errors.Is(err, icc.ErrSpace) && p.Space != "RGB" && p.Space != "GRAY":
		return kept(p.Space+" profile", p)
	case err != nil:
		return kept("profile without colorants in XYZ", p)
	case h.components == 4 || h.grey != (p.Space == "GRAY"):
		return kept(p.Space+" profile on other samples", p)
	case t.Identity():
		return colour{note: "srgb"}
	}
	return colour{note: fmt.Sprintf("converted: %s", named(p)), to: t}
}

func kept(why string, p *icc.Profile) colour {
	return colour{note: fmt.Sprintf("kept: %s: %s", why, named(p))}
}

func named(p *icc.Profile) string {
	if p.Description == "" {
		return "unnamed profile"
	}
	return p.Description
}

// apply converts in place.
func (c colour) apply(p *Pixels) {
	if c.to != nil {
		c.to.Apply(p.Pix)
	}
}
