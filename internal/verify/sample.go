package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

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
			c.unreadableTar(ctx, s.tar.Key, int64(n), err, func(i int64) string {
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
		c.runSample(p, sample, s.at(kept[n]), s.rows[kept[n]])
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
func (c *checker) runSample(p at, s webdataset.Sample, q at, r schemas.Row) {
	agree(c, q, p, Key, "key", r.Key, s.Key)
	if !c.members(p, s) {
		return
	}
	image, meta, text := s.Members[0], s.Members[1], s.Members[2]
	agree(c, q, p, Image, "image_offset", r.ImageOffset, image.Offset)
	agree(c, q, p, Image, "image_bytes", r.ImageBytes, int64(len(image.Data)))
	agree(c, q, p, Image, "image_sha256", r.ImageSHA256, sumOf(image.Data))
	c.picture(p, image.Data, q, r.Width, r.Height)
	r.ImageOffset = offsetIn(meta.Data) // not known yet when the member was written
	c.json(p, q, meta.Data, r)
	if len(r.Captions) > 0 {
		agree(c, q, p, Member, ".txt", r.Captions[0].Text, string(text.Data))
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

// members checks that a sample has the files that every sample has.
func (c *checker) members(p at, s webdataset.Sample) bool {
	var names []string
	for _, m := range s.Members {
		names = append(names, m.Ext)
	}
	got := strings.Join(names, " ")
	equal(c, p, Member, "members", "jpg json txt", got)
	return got == "jpg json txt"
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
	var w, g any
	if err := json.Unmarshal(got, &g); err != nil {
		c.reportAt(p, Member, ".json, "+jsonPlace(got, err), "", err)
		return
	}
	if err := json.Unmarshal(b.Bytes(), &w); err != nil {
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
