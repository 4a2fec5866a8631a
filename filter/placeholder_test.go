package filter

import (
	"testing"

	"pairmill/schemas"
)

func TestPlaceholder(t *testing.T) {
	t.Parallel()
	rule := Placeholder()
	for _, s := range []string{
		"image", "Image", "[LOGO]", "Click to enlarge!", "click  to enlarge", "« photo »", "Untitled", "...", "Ｌｏｇｏ", "Bild",
		"Zum Vergrößern klicken", "image non disponible", "haz clic para ampliar", "изображение", "صورة", "图片", "画像", "이미지",
		"รูปภาพ", "N/A", "Image:", "点击放大", "hình ảnh",
	} {
		want := schemas.CaptionPlaceholder
		if s == "..." {
			want = schemas.Kept // punctuation alone is for the word count
		}
		if got := rule(Text{Caption: s}); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for _, s := range []string{"logo of the Red Cross", "images of Paris", "a click beetle", "图片上的猫", "photo finish", "Bild am Sonntag"} {
		if got := rule(Text{Caption: s}); got != schemas.Kept {
			t.Errorf("%q: %q, want it kept", s, got)
		}
	}
}

func TestEveryPlaceholderIsFound(t *testing.T) {
	t.Parallel()
	rule := Placeholder()
	for _, p := range placeholders {
		if rule(Text{Caption: CleanCaption(p)}) != schemas.CaptionPlaceholder || fold(p) == "" {
			t.Errorf("%q is in the list and not recognised", p)
		}
	}
}
