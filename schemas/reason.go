package schemas

import "slices"

// Reason says why a row was dropped. The empty reason keeps the row. The list is closed: a row can carry no
// other word, so that reports, filters and tests can rely on it.
type Reason string

// Class groups reasons by who would have to act for the row to be kept.
type Class string

// The three classes.
const (
	Gone    Class = "gone"    // the picture is not there any more
	Refused Class = "refused" // somebody said no, and we listened
	Ours    Class = "ours"    // our limits, our filters, our network: another setting or another day may keep it
)

// Kept is the empty reason.
const Kept Reason = ""

// Fetching.
const (
	HTTPGone         Reason = "http_gone"          // 404 or 410
	NXDomain         Reason = "nxdomain"           // the host's name does not exist
	HTTPForbidden    Reason = "http_forbidden"     // 401, 403, 405, 406, 451
	HTTPTooMany      Reason = "http_too_many"      // 429, or 503 with Retry-After, after the last try
	ChallengePage    Reason = "challenge_page"     // an anti-bot page came instead of the picture
	RobotsDisallowed Reason = "robots_disallowed"  // robots.txt forbids the path, RFC 9309
	RobotsUnreach    Reason = "robots_unreachable" // robots.txt answered 5xx or not at all: RFC 9309 says disallow
	OptOutHeader     Reason = "optout_header"      // X-Robots-Tag on the picture's answer
	OptOutPage       Reason = "optout_page"        // robots meta or X-Robots-Tag of a page that shows the picture
	HTTPClient       Reason = "http_client_error"  // any other 4xx
	HTTPServer       Reason = "http_server_error"  // 5xx
	HTTPStatus       Reason = "http_status"        // a status that is no answer to a GET (1xx, 204, 304, …)
	DNSError         Reason = "dns_error"          // the name could not be resolved just now
	ConnectError     Reason = "connect_error"      // refused, reset or unreachable before an answer
	TLSError         Reason = "tls_error"          // handshake or certificate
	Timeout          Reason = "timeout"            // the total deadline or a phase's deadline
	TooManyRedirects Reason = "too_many_redirects" // past max_redirects
	BadRedirect      Reason = "bad_redirect"       // to another scheme, or not a URL
	BodyTooLarge     Reason = "body_too_large"     // past max_bytes, counted after decompression
	BodyTruncated    Reason = "body_truncated"     // shorter than announced, or a broken chunk or gzip stream
	BodyEmpty        Reason = "body_empty"         // an answer without a body
	URLInvalid       Reason = "url_invalid"        // does not parse by the WHATWG rules, or is not http(s)
	AddressBlocked   Reason = "address_blocked"    // resolves to an address that must not be dialled (allow_private)
	ProtocolError    Reason = "protocol_error"     // an answer that is not HTTP
	ContentUnwanted  Reason = "content_unwanted"   // a page where a picture was asked for, or the reverse
	HTMLTooDeep      Reason = "html_too_deep"      // page nested past the limit
	PageRedirected   Reason = "page_redirected"    // a page that led to another, which is planned in its place
	ScopeExcluded    Reason = "scope_excluded"     // a redirect left the crawl's scope
)

// Imaging.
const (
	ImageUnknownFormat Reason = "image_unknown_format"  // magic bytes of no picture we know
	ImageUnsupported   Reason = "image_unsupported"     // a known format that is not decoded (detail names it)
	SVGUnsupported     Reason = "svg_unsupported"       // SVG is never rasterised
	ImageCorrupt       Reason = "image_corrupt"         // the decoder refused it
	ImageTruncated     Reason = "image_truncated"       // it ends too early
	ImageZeroSize      Reason = "image_zero_size"       // a side of 0
	ImageTooManyPixels Reason = "image_too_many_pixels" // width × height past max_pixels
	ImageSideTooLong   Reason = "image_side_too_long"   // a side past the decoder's limit
	DecoderCrash       Reason = "decoder_crash"         // the decoder panicked or killed its process
	ImageEncodeFailed  Reason = "image_encode_failed"   // the resized picture could not be written
	HashMismatch       Reason = "hash_mismatch"         // not the bytes that the list promised
)

// Filters.
const (
	CaptionEmpty       Reason = "caption_empty" // nothing left after collapsing white space
	CaptionTooShort    Reason = "caption_too_short"
	CaptionTooLong     Reason = "caption_too_long"
	CaptionFewWords    Reason = "caption_few_words"
	CaptionManyWords   Reason = "caption_many_words"
	CaptionControl     Reason = "caption_control_chars"
	CaptionFileName    Reason = "caption_file_name"   // "IMG_2041.jpg"
	CaptionPlaceholder Reason = "caption_placeholder" // "image", "logo", "click to enlarge"
	ImageTooSmall      Reason = "image_too_small"     // shorter side under the limit
	ImageTooLarge      Reason = "image_too_large"     // area over the limit
	ImageAspect        Reason = "image_aspect"        // longer / shorter side over the limit
	ImageFewBytes      Reason = "image_few_bytes"
)

// What happened to a sample later on.
const Damaged Reason = "damaged" // its picture rotted in the store, and did not come again when it was asked for

// Set-level choice.
const (
	DuplicateCandidate Reason = "duplicate_candidate" // the same id stands in an earlier row
	DuplicateImage     Reason = "duplicate_image"     // the same bytes won elsewhere (duplicate_of names the winner)
	LowSimilarity      Reason = "low_similarity"      // cosine of picture and caption under the threshold
	FeaturesMissing    Reason = "features_missing"    // the pool that the vectors come from has none of the sample
)

// classes is the closed list.
var classes = map[Reason]Class{
	HTTPGone: Gone, NXDomain: Gone,
	HTTPForbidden: Refused, HTTPTooMany: Refused, ChallengePage: Refused, RobotsDisallowed: Refused,
	RobotsUnreach: Refused, OptOutHeader: Refused, OptOutPage: Refused,
	HTTPClient: Ours, HTTPServer: Ours, HTTPStatus: Ours, DNSError: Ours, ConnectError: Ours, TLSError: Ours,
	Timeout: Ours, TooManyRedirects: Ours, BadRedirect: Ours, BodyTooLarge: Ours, BodyTruncated: Ours,
	BodyEmpty: Ours, URLInvalid: Ours, AddressBlocked: Ours, ProtocolError: Ours, ContentUnwanted: Ours,
	HTMLTooDeep: Ours, PageRedirected: Ours, ScopeExcluded: Ours,
	ImageUnknownFormat: Ours, ImageUnsupported: Ours, SVGUnsupported: Ours, ImageCorrupt: Ours, ImageTruncated: Ours,
	ImageZeroSize: Ours, ImageTooManyPixels: Ours, ImageSideTooLong: Ours, DecoderCrash: Ours,
	ImageEncodeFailed: Ours, HashMismatch: Ours,
	CaptionEmpty: Ours, CaptionTooShort: Ours, CaptionTooLong: Ours, CaptionFewWords: Ours, CaptionManyWords: Ours,
	CaptionControl: Ours, CaptionFileName: Ours, CaptionPlaceholder: Ours,
	ImageTooSmall: Ours, ImageTooLarge: Ours, ImageAspect: Ours, ImageFewBytes: Ours,
	Damaged:            Ours,
	DuplicateCandidate: Ours, DuplicateImage: Ours, LowSimilarity: Ours, FeaturesMissing: Ours,
}

// Class tells whose move it is. It is empty for Kept and for a word outside the closed list.
func (r Reason) Class() Class { return classes[r] }

// Valid tells whether r is Kept or in the closed list.
func (r Reason) Valid() bool { _, ok := classes[r]; return ok || r == Kept }

// Reasons lists every reason but Kept, sorted.
func Reasons() []Reason {
	all := make([]Reason, 0, len(classes))
	for r := range classes {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// OfTheSet tells whether a reason is decided over all samples together, and anew for each version of a dataset: asking for
// the picture again has nothing to do with it.
func (r Reason) OfTheSet() bool { return r == DuplicateImage || r == LowSimilarity }

// MayPass tells whether asking again, with the same settings, can have another outcome: network faults, refusals and what
// was gone may; verdicts over the picture, the caption or the URL as it is may not, and duplicates never.
func (r Reason) MayPass() bool {
	switch {
	case r == OptOutPage: // the page's word; the picture is not asked for it
		return false
	case r.Class() == Gone, r.Class() == Refused:
		return true
	}
	switch r {
	case HTTPClient, HTTPServer, HTTPStatus, DNSError, ConnectError, TLSError, Timeout, TooManyRedirects, BadRedirect,
		BodyTruncated, BodyEmpty, ProtocolError, ContentUnwanted,
		ImageUnknownFormat, ImageCorrupt, ImageTruncated, DecoderCrash, HashMismatch, Damaged:
		return true
	}
	return false
}
