package filter

import (
	"fmt"
	"unicode/utf8"

	"pairmill/schemas"
)

// Detail says what was measured and which setting decided, for the row's detail column: "3 characters,
// filter.min_chars is 5". It is empty where the caption itself says it all, and for reasons that no text rule gives.
func (t Text) Detail(r schemas.Reason, f schemas.Filter) string {
	chars := utf8.RuneCountInString(t.Caption)
	switch r {
	case schemas.CaptionTooShort:
		return limit("%d characters", chars, "min_chars", f.MinChars)
	case schemas.CaptionTooLong:
		return limit("%d characters", chars, "max_chars", f.MaxChars)
	case schemas.CaptionFewWords:
		return limit("%d words", Words(t.Caption), "min_words", f.MinWords)
	case schemas.CaptionManyWords:
		return limit("%d words", Words(t.Caption), "max_words", f.MaxWords)
	case schemas.CaptionControl:
		c, _ := firstControl(t.Caption)
		return limit("%U", c, "drop_control_chars", f.ControlChars)
	case schemas.CaptionFileName:
		return limit("%s", "a file name", "drop_file_names", f.FileNames)
	case schemas.CaptionPlaceholder:
		return limit("%s", "a placeholder", "drop_placeholders", f.Placeholders)
	}
	return ""
}

// Detail says what was measured and which setting decided: "40 × 300 pixels, filter.min_side is 64".
func (i Image) Detail(r schemas.Reason, f schemas.Filter) string {
	size := fmt.Sprintf("%d × %d pixels", i.Width, i.Height)
	switch r {
	case schemas.ImageTooSmall:
		return limit("%s", size, "min_side", f.MinSide)
	case schemas.ImageTooLarge:
		return limit("%s", size, "max_area", f.MaxArea)
	case schemas.ImageAspect:
		return limit("%s", size, "max_aspect", f.MaxAspect)
	case schemas.ImageFewBytes:
		return limit("%d bytes", i.Bytes, "min_bytes", int64(f.MinBytes))
	}
	return ""
}

func limit(format string, measured any, setting string, value any) string {
	return fmt.Sprintf(format+", filter.%s is %v", measured, setting, value)
}
