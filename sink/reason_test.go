package sink

import (
	"testing"

	"pairmill/schemas"
)

func TestReasonReadsMessagesFoundInTheWild(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, message string
		want            schemas.Reason
		http            int32
	}{
		{"success", "", schemas.Kept, 0},
		{StatusFailedToDownload, "HTTP Error 404: Not Found", schemas.HTTPGone, 404},
		{StatusFailedToDownload, "HTTP Error 403: Forbidden", schemas.HTTPForbidden, 403},
		{StatusFailedToDownload, "HTTP Error 429: Too Many Requests", schemas.HTTPTooMany, 429},
		{StatusFailedToDownload, "HTTP Error 500: Internal Server Error", schemas.HTTPServer, 500},
		{StatusFailedToDownload, "HTTP Error 418: I'm a Teapot", schemas.HTTPClient, 418},
		{StatusFailedToDownload, "HTTP Error 302: The HTTP server returned a redirect error that would lead to an infinite loop.\nThe last 30x error message was:\nFound", schemas.TooManyRedirects, 302},
		{StatusFailedToDownload, "<urlopen error [Errno -2] Name or service not known>", schemas.NXDomain, 0},
		{StatusFailedToDownload, "<urlopen error [Errno -5] No address associated with hostname>", schemas.NXDomain, 0},
		{StatusFailedToDownload, "<urlopen error [Errno -3] Temporary failure in name resolution>", schemas.DNSError, 0},
		{StatusFailedToDownload, "<urlopen error [Errno 111] Connection refused>", schemas.ConnectError, 0},
		{StatusFailedToDownload, "<urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1007)>", schemas.TLSError, 0},
		{StatusFailedToDownload, "<urlopen error _ssl.c:980: The handshake operation timed out>", schemas.TLSError, 0},
		{StatusFailedToDownload, "timed out", schemas.Timeout, 0},
		{StatusFailedToDownload, "The read operation timed out", schemas.Timeout, 0},
		{StatusFailedToDownload, "IncompleteRead(12 bytes read, 90 more expected)", schemas.BodyTruncated, 0},
		{StatusFailedToDownload, "<urlopen error unknown url type: htps>", schemas.URLInvalid, 0},
		{StatusFailedToDownload, "URL can't contain control characters. '/a b' (found at least ' ')", schemas.URLInvalid, 0},
		{StatusFailedToDownload, "Use of image disallowed by X-Robots-Tag directive", schemas.OptOutHeader, 0},
		{StatusFailedToDownload, "robots_disallowed: /private", schemas.RobotsDisallowed, 0},
		{StatusFailedToDownload, "words that nobody has seen", schemas.ConnectError, 0},
		{StatusFailedToResize, "Image decoding error", schemas.ImageCorrupt, 0},
		{StatusFailedToResize, "OpenCV(4.8.0) /io/opencv/modules/imgcodecs/src/loadsave.cpp:798: error: (-215:Assertion failed) !buf.empty() in function 'imdecode_'\n", schemas.BodyEmpty, 0},
		{StatusFailedToResize, "image too small", schemas.ImageTooSmall, 0},
		{StatusFailedToResize, "'NoneType' object is not subscriptable", schemas.ImageCorrupt, 0},
		{"", "", schemas.ConnectError, 0},
	} {
		got, http := Reason(c.status, c.message)
		if got != c.want || http != c.http {
			t.Errorf("Reason(%q, %q) = %q, %d; want %q, %d", c.status, c.message, got, http, c.want, c.http)
		}
	}
}

// What Status writes comes back as itself, or, where img2dataset has one message for several, as a reason of the same class
// and stage.
func TestReasonInvertsStatus(t *testing.T) {
	t.Parallel()
	http := map[schemas.Reason]int32{
		schemas.HTTPGone: 410, schemas.HTTPForbidden: 401, schemas.HTTPTooMany: 429, schemas.HTTPClient: 400, schemas.HTTPServer: 503,
		schemas.HTTPStatus: 304, schemas.TooManyRedirects: 301, schemas.ChallengePage: 403,
	}
	shared := map[schemas.Reason]schemas.Reason{schemas.ChallengePage: schemas.HTTPForbidden}
	for reason, message := range after {
		if message == messageDecoding {
			shared[reason] = schemas.ImageCorrupt
		}
	}
	for _, reason := range schemas.Reasons() {
		row := &schemas.Row{Reason: string(reason), HTTPStatus: http[reason]}
		status, message := Status(row)
		want := reason
		if w, ok := shared[reason]; ok {
			want = w
		}
		got, n := Reason(status, message)
		if got != want || n != http[reason] {
			t.Errorf("%s is %q, %q, and comes back as %s with %d", reason, status, message, got, n)
		}
		if _, came := after[got]; came != (status == StatusFailedToResize) {
			t.Errorf("%s comes back as %s, on the other side of the download", reason, got)
		}
	}
}
