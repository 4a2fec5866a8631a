package sink

import (
	"fmt"
	"net/http"
	"strings"

	"pairmill/schemas"
)

// Statuses of failures, as img2dataset names them.
const (
	StatusFailedToDownload = "failed_to_download"
	StatusFailedToResize   = "failed_to_resize" // the bytes came, and no picture was made of them
)

// Messages that img2dataset writes for its own refusals.
const (
	messageDecoding = "Image decoding error"
	messageOptOut   = "Use of image disallowed by X-Robots-Tag directive"
)

// after are the reasons of rows whose bytes had come, with img2dataset's message. An empty one has no counterpart there.
var after = map[schemas.Reason]string{
	schemas.ImageUnknownFormat: messageDecoding,
	schemas.ImageUnsupported:   messageDecoding,
	schemas.SVGUnsupported:     messageDecoding,
	schemas.ImageCorrupt:       messageDecoding,
	schemas.ImageTruncated:     messageDecoding,
	schemas.ImageZeroSize:      messageDecoding,
	schemas.DecoderCrash:       messageDecoding,
	schemas.ContentUnwanted:    messageDecoding,
	schemas.BodyEmpty:          messageDecoding, // there: OpenCV's own words, with its version and source line in them
	schemas.ImageTooSmall:      "image too small",
	schemas.ImageTooLarge:      "image area too large",
	schemas.ImageAspect:        "aspect ratio too large",
	schemas.ImageTooManyPixels: "",
	schemas.ImageSideTooLong:   "",
	schemas.ImageEncodeFailed:  "",
	schemas.ImageFewBytes:      "",
	schemas.DuplicateImage:     "",
	schemas.LowSimilarity:      "",
	schemas.FeaturesMissing:    "",
}

// Status says what became of a row in img2dataset's words: its status, and its error_message, which is empty for a
// success. Where img2dataset has no message, or one that depends on the state of a connection, it is our reason and
// detail.
//
// Source: img2dataset 1.47.0, and the exceptions of CPython 3.12's urllib as it prints them.
func Status(row *schemas.Row) (status, message string) {
	reason := schemas.Reason(row.Reason)
	if reason == schemas.Kept {
		return schemas.StatusSuccess, ""
	}
	message, came := after[reason]
	status = StatusFailedToResize
	if !came {
		status, message = StatusFailedToDownload, downloadMessage(reason, row)
	}
	if message == "" {
		message = ours(row)
	}
	return status, message
}

// ours is the message of a row in our own words.
func ours(row *schemas.Row) string {
	if row.Detail == "" {
		return row.Reason
	}
	return row.Reason + ": " + row.Detail
}

// downloadMessage is the text of the exception that urllib would have raised; empty where there is none.
func downloadMessage(reason schemas.Reason, row *schemas.Row) string {
	switch reason {
	case schemas.HTTPGone, schemas.HTTPForbidden, schemas.HTTPTooMany, schemas.HTTPClient, schemas.HTTPServer,
		schemas.HTTPStatus, schemas.ChallengePage:
		return httpMessage(row.HTTPStatus)
	case schemas.TooManyRedirects:
		return redirectMessage(row.HTTPStatus)
	case schemas.NXDomain:
		return "<urlopen error [Errno -2] Name or service not known>"
	case schemas.DNSError:
		return "<urlopen error [Errno -3] Temporary failure in name resolution>"
	case schemas.ConnectError:
		return connectMessage(row.Detail)
	case schemas.Timeout:
		return timeoutMessage(row.Detail)
	case schemas.OptOutHeader:
		return messageOptOut
	case schemas.HashMismatch:
		return "hash mismatch"
	}
	return ""
}

// httpMessage is empty for an answer that urllib takes for a success.
func httpMessage(status int32) string {
	if status < 100 || status/100 == 2 {
		return ""
	}
	return fmt.Sprintf("HTTP Error %d: %s", status, phrase(status))
}

func redirectMessage(status int32) string {
	if status/100 != 3 {
		return ""
	}
	const words = "The HTTP server returned a redirect error that would lead to an infinite loop.\nThe last 30x error message was:\n"
	return fmt.Sprintf("HTTP Error %d: %s%s", status, words, phrase(status))
}

// phrase is Python's reason phrase. What a server said in its place is not kept.
func phrase(status int32) string {
	switch status {
	case http.StatusRequestURITooLong:
		return "Request-URI Too Long"
	case http.StatusTeapot:
		return "I'm a Teapot"
	}
	return http.StatusText(int(status))
}

// connectMessages are the errors of connect(2) and read(2) on Linux. Python wraps those before the request was sent.
var connectMessages = []struct{ words, message string }{
	{"connection refused", "<urlopen error [Errno 111] Connection refused>"},
	{"network is unreachable", "<urlopen error [Errno 101] Network is unreachable>"},
	{"no route to host", "<urlopen error [Errno 113] No route to host>"},
	{"connection reset", "[Errno 104] Connection reset by peer"},
	{"EOF", "Remote end closed connection without response"},
}

func connectMessage(detail string) string {
	for _, m := range connectMessages {
		if strings.Contains(detail, m.words) {
			return m.message
		}
	}
	return ""
}

// timeoutMessage tells apart, as urllib does, whether there was a connection yet.
func timeoutMessage(detail string) string {
	for _, words := range []string{"connecting to ", "connect timeout", "TLS handshake", "dial"} {
		if strings.Contains(detail, words) {
			return "<urlopen error timed out>"
		}
	}
	return "timed out"
}
