package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"pairmill/imaging"
	"pairmill/schemas"
	"pairmill/store/webdataset"
)

// shardTar holds a run's tar against its table: the kept rows, in order, each with its image where the row says.
func (c *checker) shardTar(ctx context.Context, s runShard) {
	var kept []int
	for i := range s.rows {
		if s.rows[i].Kept() {
			kept = append(kept, i)
		}
	}
	n, ok := 0, true
	for sample, err := range samples(ctx, c.store, s.tar.Key) {
		p := at{s.tar.Key, int64(n), sample.Key}
		if n < len(kept) {
			p.key = s.rows[kept[n]].ID
		}
		if err != nil {
			c.unreadableTar(ctx, s.tar.Key, int64(n), s.style.perSample(), err, func(i int64) string {
				if i < int64(len(kept)) {
					return s.rows[kept[i]].ID
				}
				return ""
			})
			ok = false
			break
		}
		if n >= len(kept) {
			c.reportAt(p, Rows, "", len(kept), "more")
			break
		}
		c.runSample(p, sample, s.at(kept[n]), s.rows[kept[n]], s.style)
		n++
	}
	if ok && n < len(kept) {
		agree(c, s.at(kept[n]), at{s.tar.Key, int64(n), s.rows[kept[n]].ID}, Rows, "", len(kept), n)
	}
	if ok {
		c.declared(s.tar, int64(n))
	}
}

// runSample holds one sample against its row.
func (c *checker) runSample(p at, s webdataset.Sample, q at, r schemas.Row, st style) {
	agree(c, q, p, Key, "key", r.Key, s.Key)
	f, ok := c.files(p, s, st.members(s))
	if !ok {
		return
	}
	agree(c, q, p, Image, "image_offset", r.ImageOffset, f.image.Offset)
	agree(c, q, p, Image, "image_bytes", r.ImageBytes, int64(len(f.image.Data)))
	agree(c, q, p, Image, "image_sha256", r.ImageSHA256, sumOf(f.image.Data))
	if decoded := r.Width > 0 || r.PHash != ""; decoded || st.known && !st.untouched {
		c.picture(p, f.image.Data, q, r.Width, r.Height)
	}
	c.original(p, f.image.Data, q, r, st)
	text := ""
	if len(r.Captions) > 0 {
		text = r.Captions[0].Text
	}
	if st.listed {
		c.listedMeta(p, f.meta.Data, q, r, st)
		text = listedText(r, st)
	} else {
		r.ImageOffset = offsetIn(f.meta.Data) // not known yet when the member was written
		c.json(p, q, f.meta.Data, r)
	}
	if f.text != nil && (st.known || !st.listed) {
		agree(c, q, p, Member, ".txt", text, string(f.text.Data))
	}
}

// offsetIn returns the image_offset of a member, so that it is not compared.
func offsetIn(meta []byte) int64 {
	var r schemas.Row
	if err := json.Unmarshal(meta, &r); err != nil {
		return 0
	}
	return r.ImageOffset
}

// json holds a member against what it was made of.
func (c *checker) json(p, q at, got []byte, of any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(of); err != nil {
		c.fail(err)
		return
	}
	c.sameJSON(p, q, got, b.Bytes())
}

// sameJSON compares the fields of a member with those that it should have.
func (c *checker) sameJSON(p, q at, got, want []byte) {
	var w, g any
	if err := json.Unmarshal(got, &g); err != nil {
		c.reportAt(p, Member, ".json, "+jsonPlace(got, err), "", err)
		return
	}
	if err := json.Unmarshal(want, &w); err != nil {
		c.fail(err)
		return
	}
	wf, gf := map[string]string{}, map[string]string{}
	flatten("", w, wf)
	flatten("", g, gf)
	for _, f := range sortedKeys(union(wf, gf)) {
		agree(c, q, p, Member, ".json, field "+f, wf[f], gf[f])
	}
}

// picture decodes an image and holds its sides against its row.
func (c *checker) picture(p at, data []byte, q at, width, height int32) {
	pixels, err := imaging.Decode(data, imaging.Limits{MaxPixels: 1 << 31, MaxSide: 1 << 16})
	if err != nil {
		c.reportAt(p, Image, "", "an image that decodes", err)
		return
	}
	agree(c, q, p, Image, "width×height", fmt.Sprintf("%d×%d", width, height), fmt.Sprintf("%d×%d", pixels.W, pixels.H))
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
