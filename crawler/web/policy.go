package web

import (
	"net/url"
	"strings"

	"pairmill/schemas"
)

// policy says which links are followed: those in scope that look like pages and not like traps. Their length,
// fetch.MaxURL at most, is seen to by fetch.Resolve. Seeds are what the user asked for and are not judged.
type policy struct{ scope scope }

// refuses says why a normalised URL is not followed; empty = it is.
func (p policy) refuses(normalised string) string {
	u, err := url.Parse(normalised)
	if err != nil {
		return "not a URL"
	}
	if !p.scope.contains(u) {
		return "out of scope"
	}
	if notAPage(u.EscapedPath()) {
		return "the file name is not that of a page"
	}
	return trap(u.EscapedPath(), u.RawQuery)
}

// notAPage tells whether a path names a file that is no page, by its extension. Asking would cost a request to be
// told content_unwanted. The list is the usual one of crawlers (Nutch's regex-urlfilter, Scrapy's
// IGNORED_EXTENSIONS) less everything that servers also use for pages.
func notAPage(path string) bool {
	name := path[strings.LastIndexByte(path, '/')+1:]
	dot := strings.LastIndexByte(name, '.')
	return dot >= 0 && otherExtension(strings.ToLower(name[dot+1:]))
}

func otherExtension(ext string) bool {
	switch ext {
	case "jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "webp", "avif", "heic", "bmp", "tif", "tiff", "ico", "svg", "svgz",
		"psd", "eps", "ai", "raw", "cr2", "nef", "dng", // pictures
		"mp3", "ogg", "oga", "opus", "wav", "flac", "m4a", "aac", "mid", "wma", // sound
		"mp4", "m4v", "webm", "ogv", "mov", "avi", "mkv", "wmv", "flv", "mpg", "mpeg", "3gp", // film
		"pdf", "ps", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "epub", "mobi", "djvu", // documents
		"zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "tar", "jar", "war", "deb", "rpm", "apk", "dmg", "iso", "img",
		"exe", "msi", "bin", "torrent", "whl", // archives and programs
		"css", "js", "mjs", "map", "wasm", "woff", "woff2", "ttf", "otf", "eot", // parts of pages
		"txt", "csv", "tsv", "json", "xml", "rss", "atom", "yaml", "yml", "sql", "parquet", "ics", "vcf": // data
		return true
	}
	return false
}

// tooDeep tells whether depth is past max_depth.
func tooDeep(l schemas.Link, maxDepth int32) bool { return l.Depth > maxDepth }
