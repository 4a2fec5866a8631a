package filter

import (
	"regexp"
	"strings"

	"pairmill/schemas"
)

var (
	// One word that ends like a picture file, whatever is before the ending.
	pictureFile = regexp.MustCompile(`(?i)^\S+\.(?:jpe?g|jpe|jfif|png|gif|webp|bmp|tiff?|svg|avif|hei[cf]|ico|psd|raw|cr2|nef)$`)
	// What cameras, telephones and programs call pictures: a known beginning, a number, and nothing that says more.
	cameraName = regexp.MustCompile(`(?i)^(?:img|image|dscn?|dscf|dsc_|pict?|picture|photo|foto|bild|pxl|mvimg|gopr|dji|wp|imag|p|` +
		`screen ?shot|screenshot|whatsapp image|unnamed|untitled|download|file|scan)` +
		`(?:[-_ .:()@~#]|at|wa|copy|edited|final|am|pm)*\d[-_ .:()@~#\d]*(?:(?:at|of|wa|copy|edited|final|am|pm|x)[-_ .:()@~#\d]*)*` +
		`(?:\.(?:jpe?g|png|gif|webp|bmp|tiff?|heic))?$`)
	// A time stamp as a name: 20190304_123456.
	stampName = regexp.MustCompile(`^(?:19|20)\d{6}[-_]\d{4,9}\S*$`)
	bareURL   = regexp.MustCompile(`(?i)^(?:(?:https?|ftp|file)://|www\.|data:)\S*$`)
)

// FileName drops captions that are a file's name or address and say nothing of the picture: caption_file_name. That is one
// word with a picture's ending ("photo-123.png"), a camera's or program's numbering with or without an ending ("IMG_2041",
// "DSC00012", "Screenshot 2021-03-04 at 10.22.11"), a time stamp, or a bare URL. A sentence that mentions a file stays.
//
// Default on. This is ours: content systems fill a missing alt with the upload's name, and DataComp, LAION and COYO catch
// most of these only where they also count words.
func FileName() Rule[Text] {
	return when(schemas.CaptionFileName, func(t Text) bool { return looksLikeFile(t.Caption) })
}

func looksLikeFile(s string) bool {
	s = strings.Trim(s, `"'()[]<>`)
	return pictureFile.MatchString(s) || cameraName.MatchString(s) || stampName.MatchString(s) || bareURL.MatchString(s)
}
