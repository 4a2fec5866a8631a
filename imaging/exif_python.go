package imaging

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String writes a number as Python's str: exifread keeps floats in tuples of one.
func (n exifNumber) String() string {
	switch {
	case n.is == 'f':
		return "(" + pythonFloat(n.float) + ",)"
	case n.is == 'r' && n.den != 1:
		return strconv.FormatInt(n.num, 10) + "/" + strconv.FormatInt(n.den, 10)
	}
	return strconv.FormatInt(n.num, 10)
}

// letters reads bytes as Latin-1 without control characters (exifread's make_string). Where no letter is left, it falls
// back on the digits of the numbers, unless all are zero.
func (v exifValue) letters(list []exifNumber, text []byte) string {
	var out strings.Builder
	for _, n := range list {
		if n.is == 'i' && n.num >= 32 && n.num < 256 {
			out.WriteRune(rune(n.num))
		}
	}
	switch {
	case v.kind == 2 && utf8.Valid(text):
		out.Write(text)
	case v.kind == 2:
		for _, b := range text {
			if b >= 32 {
				out.WriteRune(rune(b))
			}
		}
	}
	if out.Len() == 0 && v.kind != 2 {
		if digits := joined(list, ""); strings.Trim(digits, "0") != "" {
			out.WriteString(digits)
		}
	}
	return strings.Trim(out.String(), " \x00")
}

// comment takes the name of the character code off, the first eight bytes.
func (v exifValue) comment() string {
	head := v.letters(v.list[:min(8, len(v.list))], nil)
	switch strings.ToUpper(head) {
	case "ASCII", "UNICODE", "JIS", "":
		return v.letters(v.list[min(8, len(v.list)):], v.text)
	}
	return v.letters(v.list, v.text)
}

// pythonFloat is repr of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16.
func pythonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), "+")
	case f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// pythonBytes is repr of bytes.
func pythonBytes(b []byte) string {
	quote := byte('\'')
	if strings.ContainsRune(string(b), '\'') && !strings.ContainsRune(string(b), '"') {
		quote = '"'
	}
	var out strings.Builder
	out.WriteString("b" + string(quote))
	for _, c := range b {
		switch {
		case c == quote || c == '\\':
			out.WriteString("\\" + string(c))
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\r':
			out.WriteString(`\r`)
		case c < 32 || c >= 127:
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String() + string(quote)
}

// pythonStrip takes off what Python's str.strip does: white space, and the separators that ASCII has for files and fields.
func pythonStrip(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		switch {
		case r >= 9 && r <= 13, r >= 28 && r <= 32, r == 0x85, r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a:
			return true
		case r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000:
			return true
		}
		return false
	})
}

// pythonJSON writes a string as json.dumps does: everything outside ASCII escaped.
func pythonJSON(out *strings.Builder, s string) {
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == '\b':
			out.WriteString(`\b`)
		case r == '\f':
			out.WriteString(`\f`)
		case r >= 0x10000:
			r -= 0x10000
			fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r < 32 || r > 126 && r != 127:
			fmt.Fprintf(out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
