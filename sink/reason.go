package sink

import (
	"regexp"
	"strconv"
	"strings"

	"pairmill/fetch"
	"pairmill/schemas"
)

// Reason reads img2dataset's words for what became of a row, which Status writes: the reason, and the HTTP status where
// the words name one. What img2dataset tells in the words of some exception is matched by them; a message that nothing
// matches takes the reason that is nearest to its status: connect_error, or image_corrupt where the bytes had come. An
// unknown status is a failure too.
//
// Source: img2dataset 1.47.0; the exceptions of CPython's urllib, http.client, socket and ssl, and of OpenCV, as Python
// prints them.
func Reason(status, message string) (reason schemas.Reason, httpStatus int32) {
	if status == schemas.StatusSuccess {
		return schemas.Kept, 0
	}
	if m := httpErrorRE.FindStringSubmatch(message); m != nil {
		n, _ := strconv.Atoi(m[1]) // three digits
		if strings.Contains(message, "redirect error") {
			return schemas.TooManyRedirects, int32(n)
		}
		if r := fetch.StatusReason(n); r != schemas.Kept {
			return r, int32(n)
		}
		return schemas.HTTPStatus, int32(n)
	}
	word, _, _ := strings.Cut(message, ":")
	if r := schemas.Reason(word); r != schemas.Kept && r.Valid() { // our own
		return r, 0
	}
	lower := strings.ToLower(message)
	for _, w := range words {
		if strings.Contains(lower, w.part) {
			return w.reason, 0
		}
	}
	if status == StatusFailedToResize {
		return schemas.ImageCorrupt, 0
	}
	return schemas.ConnectError, 0
}

var httpErrorRE = regexp.MustCompile(`^HTTP Error (\d{3}):`)

// words are parts of messages in lower case, in the order in which they are looked for.
var words = []struct {
	part   string
	reason schemas.Reason
}{
	{"disallowed by x-robots-tag", schemas.OptOutHeader},
	{"hash mismatch", schemas.HashMismatch},
	{"image too small", schemas.ImageTooSmall},
	{"image area too large", schemas.ImageTooLarge},
	{"aspect ratio too large", schemas.ImageAspect},
	{"!buf.empty()", schemas.BodyEmpty}, // OpenCV, of no bytes
	{"image decoding error", schemas.ImageCorrupt},
	{"opencv", schemas.ImageCorrupt},

	{"[errno -2]", schemas.NXDomain}, // EAI_NONAME
	{"[errno -5]", schemas.NXDomain}, // EAI_NODATA
	{"name or service not known", schemas.NXDomain},
	{"no address associated with hostname", schemas.NXDomain},
	{"nodename nor servname", schemas.NXDomain}, // macOS
	{"[errno -3]", schemas.DNSError},            // EAI_AGAIN
	{"name resolution", schemas.DNSError},

	{"certificate", schemas.TLSError},
	{"ssl", schemas.TLSError},
	{"tlsv1", schemas.TLSError},
	{"timed out", schemas.Timeout},
	{"timeout", schemas.Timeout},
	{"incompleteread", schemas.BodyTruncated},
	{"incomplete read", schemas.BodyTruncated},

	{"connection refused", schemas.ConnectError},
	{"connection reset", schemas.ConnectError},
	{"unreachable", schemas.ConnectError},
	{"no route to host", schemas.ConnectError},
	{"remote end closed connection", schemas.ConnectError},
	{"broken pipe", schemas.ConnectError},

	{"unknown url type", schemas.URLInvalid},
	{"no host given", schemas.URLInvalid},
	{"nonnumeric port", schemas.URLInvalid},
	{"can't contain control characters", schemas.URLInvalid},
	{"codec can't encode", schemas.URLInvalid}, // ascii or idna, of the URL
	{"label empty or too long", schemas.URLInvalid},
	{"invalid ipv6 url", schemas.URLInvalid},
	{"url can't", schemas.URLInvalid},

	{"badstatusline", schemas.ProtocolError},
	{"got more than", schemas.ProtocolError}, // http.client's limits of headers and lines
	{"redirection to url", schemas.BadRedirect},
}
