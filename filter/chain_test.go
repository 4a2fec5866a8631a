package filter

import (
	"testing"

	"pairmill/schemas"
)

func TestChainFirstReasonWins(t *testing.T) {
	t.Parallel()
	var asked []string
	rule := func(name string, r schemas.Reason) Rule[int] {
		return func(int) schemas.Reason { asked = append(asked, name); return r }
	}
	c := Chain[int]{rule("a", schemas.Kept), rule("b", schemas.ImageAspect), rule("c", schemas.ImageTooSmall)}
	if got := c.Reason(0); got != schemas.ImageAspect {
		t.Errorf("reason %q, want %q", got, schemas.ImageAspect)
	}
	if len(asked) != 2 {
		t.Errorf("asked %v: want the rules up to the first reason", asked)
	}
	if got := (Chain[int]{}).Reason(0); got != schemas.Kept {
		t.Errorf("the empty chain gave %q", got)
	}
}

func TestZeroSettingsKeepEverythingWithAText(t *testing.T) {
	t.Parallel()
	text, image := NewText(schemas.Filter{}), NewImage(schemas.Filter{})
	for _, caption := range []string{"x", "logo", "IMG_1.jpg", "a\x01b"} {
		if got := text.Reason(Text{Caption: caption}); got != schemas.Kept {
			t.Errorf("%q: %q with every rule off", caption, got)
		}
	}
	if got := text.Reason(Text{}); got != schemas.CaptionEmpty {
		t.Errorf("empty caption: %q", got)
	}
	if got := image.Reason(Image{Width: 1, Height: 100000}); got != schemas.Kept {
		t.Errorf("image: %q with every rule off", got)
	}
}
