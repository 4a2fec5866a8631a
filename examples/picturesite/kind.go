package picturesite

import "pairmill/schemas"

// Kind says what is the matter with a picture and its caption.
type Kind string

// The kinds. NoCaption yields no candidate, as there is no text; every other kind is one.
const (
	Good        Kind = "good"         // a picture and a true caption
	Mismatch    Kind = "mismatch"     // the caption is that of another picture; only a similarity threshold can tell
	Redirected  Kind = "redirected"   // a good picture behind a redirect
	Copy        Kind = "copy"         // a good picture's bytes under another URL
	SecondAlt   Kind = "second_alt"   // a good picture's URL with another caption, as true
	NoCaption   Kind = "no_caption"   // alt empty, blank or missing
	Placeholder Kind = "placeholder"  // "Click to enlarge"
	FileName    Kind = "file_name"    // "IMG_0012.jpg"
	Icon        Kind = "icon"         // 16 to 48 pixels
	Banner      Kind = "banner"       // ten times as wide as high
	Missing     Kind = "missing"      // 404
	Removed     Kind = "removed"      // 410
	Forbidden   Kind = "forbidden"    // 403
	Failing     Kind = "failing"      // 500, every time
	Truncated   Kind = "truncated"    // a JPEG that ends in the middle, its length announced as such
	HTMLInstead Kind = "html_instead" // a page served under a picture's name
	Vector      Kind = "vector"       // SVG
	PageOptOut  Kind = "page_optout"  // on a page with <meta name="robots" content="noai">
	FileOptOut  Kind = "file_optout"  // X-Robots-Tag: noimageai
	Disallowed  Kind = "disallowed"   // below a folder that robots.txt forbids
)

// reasons is why a candidate of a kind is dropped with the default filter. Kinds that stay are not in it.
var reasons = map[Kind]schemas.Reason{
	Copy: schemas.DuplicateImage, SecondAlt: schemas.DuplicateImage,
	Placeholder: schemas.CaptionPlaceholder, FileName: schemas.CaptionFileName,
	Icon: schemas.ImageTooSmall, Banner: schemas.ImageAspect,
	Missing: schemas.HTTPGone, Removed: schemas.HTTPGone, Forbidden: schemas.HTTPForbidden, Failing: schemas.HTTPServer,
	Truncated: schemas.ImageTruncated, HTMLInstead: schemas.ContentUnwanted, Vector: schemas.SVGUnsupported,
	PageOptOut: schemas.OptOutPage, FileOptOut: schemas.OptOutHeader, Disallowed: schemas.RobotsDisallowed,
}

// Reason is why candidates of this kind are dropped with the default filter; schemas.Kept for those that stay.
func (k Kind) Reason() schemas.Reason { return reasons[k] }
