package verify

import (
	"crypto/md5"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"pairmill/imaging"
	"pairmill/schemas"
)

// measured checks what a row says of its bytes, and the values that it has of its list.
func (c *checker) measured(p at, r *schemas.Row, st style) {
	if !st.known {
		return
	}
	want := 0
	if r.SHA256 != "" {
		want = digits[st.algorithm]
	}
	equal(c, p, Field, "digest", want, len(r.Digest))
	if st.algorithm == "sha256" {
		equal(c, p, Field, "digest", r.SHA256, r.Digest)
	}
	if r.EXIF != "" && (!st.exif || !r.Kept() || !json.Valid([]byte(r.EXIF))) {
		c.reportAt(p, Field, "exif", "tags of a kept picture, if asked for", r.EXIF)
	}
	if st.untouched && r.Kept() {
		equal(c, p, Image, "image_sha256", r.SHA256, r.ImageSHA256)
		equal(c, p, Image, "image_bytes", r.SourceBytes, r.ImageBytes)
	}
	c.listedValues(p, r, st)
}

// digits is how many hexadecimal digits a hash has.
var digits = map[string]int{"md5": 2 * md5.Size, "sha256": 64, "sha512": 2 * sha512.Size}

// listedValues reads a row's values, and holds the digest against the one that the list promised.
func (c *checker) listedValues(p at, r *schemas.Row, st style) {
	if st.columns == nil {
		return
	}
	values, err := schemas.DecodeListed(st.columns, r.Listed)
	if err != nil {
		c.reportAt(p, Field, "listed", "values for the list's columns", err)
		return
	}
	i := slices.IndexFunc(st.columns, func(x schemas.Column) bool { return x.Name == st.promise })
	if i < 0 {
		return
	}
	text, _ := values[i].(string)
	if text = strings.ToLower(strings.TrimSpace(text)); text == "" || r.Digest == "" {
		return
	}
	if mismatch := schemas.Reason(r.Reason) == schemas.HashMismatch; mismatch == (text == r.Digest) {
		c.reportAt(p, Reason, "digest", text, r.Digest)
	}
}

// original checks what follows from a picture that is stored as it was fetched.
func (c *checker) original(p at, image []byte, q at, r schemas.Row, st style) {
	if !st.known || r.ImageSHA256 != r.SHA256 || sumOf(image) != r.SHA256 {
		return
	}
	agree(c, p, q, Field, "source_bytes", int64(len(image)), r.SourceBytes)
	switch st.algorithm {
	case "md5":
		sum := md5.Sum(image)
		agree(c, p, q, Field, "digest", hex.EncodeToString(sum[:]), r.Digest)
	case "sha512":
		sum := sha512.Sum512(image)
		agree(c, p, q, Field, "digest", hex.EncodeToString(sum[:]), r.Digest)
	}
	if st.exif {
		agree(c, p, q, Field, "exif", imaging.EXIF(image), r.EXIF)
	}
}

// listedMeta holds a sample's .json in img2dataset's form against its row: the list's values, then what was measured.
func (c *checker) listedMeta(p at, got []byte, q at, r schemas.Row, st style) {
	values, err := schemas.DecodeListed(st.columns, r.Listed)
	if !st.known || err != nil {
		return
	}
	want := map[string]any{}
	for i, x := range st.columns {
		want[x.Name] = jsonValue(values[i])
	}
	for name, v := range st.measured(&r) {
		want[name] = v
	}
	data, err := json.Marshal(want)
	if err != nil {
		c.fail(err)
		return
	}
	c.sameJSON(p, q, fromPython(got), data)
}

// listedText is the content of a sample's .txt: the caption as the list gave it.
func listedText(r schemas.Row, st style) string {
	values, err := schemas.DecodeListed(st.columns, r.Listed)
	for i, x := range st.columns {
		if x.Name == "caption" && err == nil {
			text, _ := values[i].(string)
			return text
		}
	}
	return ""
}

// measured returns what img2dataset's files say of a row beside the list's values.
func (s style) measured(r *schemas.Row) map[string]any {
	side := func(n int32) any {
		if !r.Kept() || n == 0 {
			return nil
		}
		return n
	}
	m := map[string]any{
		"key": r.Key, "width": side(r.Width), "height": side(r.Height),
		"original_width": side(r.OriginalWidth), "original_height": side(r.OriginalHeight),
	}
	if r.Kept() {
		m["status"], m["error_message"] = schemas.StatusSuccess, nil
	}
	orNull := func(text string) any {
		if !r.Kept() || text == "" {
			return nil
		}
		return text
	}
	if s.exif {
		m["exif"] = orNull(r.EXIF)
	}
	if s.hash != "" {
		m[s.hash] = orNull(r.Digest)
	}
	return m
}
