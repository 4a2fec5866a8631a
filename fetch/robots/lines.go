package robots

import (
	"iter"
	"strings"
)

// lines yields the lines of text, ended by CR, LF or CR LF, cut at maxLine. A byte order mark, whole or cut short, is
// skipped at the start of the file.
func lines(text string) iter.Seq[string] {
	for _, mark := range []string{"\xEF", "\xBB", "\xBF"} {
		rest, found := strings.CutPrefix(text, mark)
		if !found {
			break
		}
		text = rest
	}
	return func(yield func(string) bool) {
		for text != "" {
			line := text
			if end := strings.IndexAny(text, "\r\n"); end >= 0 {
				line, text = text[:end], text[end+1:]
			} else {
				text = ""
			}
			if !yield(line[:min(len(line), maxLine)]) {
				return
			}
		}
	}
}

// split parts a line into its field name and value, without comment and surrounding white space. A missing colon is
// forgiven when exactly two words are on the line.
func split(line string) (key, value string, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	line = trim(line)
	key, value, ok = strings.Cut(line, ":")
	if !ok {
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			return "", "", false
		}
		key, value = line[:end], strings.TrimLeft(line[end:], " \t")
		if strings.ContainsAny(value, " \t") {
			return "", "", false
		}
	}
	key, value = trim(key), trim(value)
	return key, value, key != ""
}

func trim(s string) string { return strings.Trim(s, " \t\v\f\r\n") }

func isSpace(b byte) bool { return strings.IndexByte(" \t\v\f\r\n", b) >= 0 }
