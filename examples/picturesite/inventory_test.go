package picturesite

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"strings"
	"testing"

	"pairmill/filter"
	"pairmill/imaging"
	"pairmill/internal/specfile"
	"pairmill/internal/testutil"
	"pairmill/schemas"
)

func TestInventoryIsWhatACrawlerFinds(t *testing.T) {
	t.Parallel()
	for _, pages := range []int{1, DefaultPages} {
		site, r := serveSite(t, pages)
		want := site.Inventory()
		got := r.crawl()
		pictures := map[string]bool{}
		for c := range got.candidates {
			pictures[c[0]] = true
		}
		if got.pages != want.Pages || got.redirects != want.Redirects || got.references != want.References ||
			got.blank != want.Kinds[NoCaption] || len(got.candidates) != want.Candidates() || len(pictures) != want.Pictures {
			t.Errorf("%d pages: found %d pages, %d redirects, %d references, %d without caption, %d candidates, %d pictures; inventory %+v of %d candidates",
				pages, got.pages, got.redirects, got.references, got.blank, len(got.candidates), len(pictures), want, want.Candidates())
		}
	}
}

// The reasons are found once more with the real filters and decoders, from the answers alone. The smallest site has every kind.
func TestInventoryHasTheReasons(t *testing.T) {
	if testutil.Raced {
		t.Skip("hundreds of drawings, one after the other: make test makes them without the race detector")
	}
	t.Parallel()
	site, r := serveSite(t, 1)
	want := site.Inventory()
	got, kept := map[schemas.Reason]int64{}, int64(0)
	winners := map[[32]byte]bool{}
	for c, on := range r.crawl().candidates {
		reason, body := r.judge(c, on)
		if sum := sha256.Sum256(body); reason == schemas.Kept {
			if winners[sum] {
				reason = schemas.DuplicateImage
			}
			winners[sum] = true
		}
		if reason == schemas.Kept {
			kept++
		} else {
			got[reason]++
		}
	}
	if !maps.Equal(got, want.Dropped()) || kept != int64(want.Kept()) {
		t.Errorf("found %d kept and %v\ninventory %d kept and %v", kept, got, want.Kept(), want.Dropped())
	}
}

func (r reader) judge(c [2]string, on seenOn) (schemas.Reason, []byte) {
	r.t.Helper()
	f := specfile.Default().Filter
	if reason := filter.NewText(f).Reason(filter.Text{Caption: c[1]}); reason != schemas.Kept {
		return reason, nil
	}
	switch {
	case on.optOut:
		return schemas.OptOutPage, nil
	case strings.HasPrefix(c[0], "/private/"):
		return schemas.RobotsDisallowed, nil
	}
	resp, body := r.get(r.root.String() + c[0])
	if to, err := resp.Location(); err == nil {
		resp, body = r.get(to.String())
	}
	switch {
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return schemas.HTTPGone, nil
	case resp.StatusCode == http.StatusForbidden:
		return schemas.HTTPForbidden, nil
	case resp.StatusCode >= 500:
		return schemas.HTTPServer, nil
	case resp.Header.Get("X-Robots-Tag") != "":
		return schemas.OptOutHeader, nil
	}
	header, err := imaging.ReadHeader(body)
	if err != nil {
		return imaging.ReasonOf(err), nil
	}
	if served := resp.Header.Get("Content-Type"); served != "image/"+string(header.Format) {
		r.t.Errorf("%s: %s served as %s", c[0], header.Format, served)
	}
	subject := filter.Image{Width: header.Width, Height: header.Height, Bytes: int64(len(body))}
	if reason := filter.NewImage(f).Reason(subject); reason != schemas.Kept {
		return reason, nil
	}
	if _, err := imaging.Decode(body, imaging.Limits{MaxPixels: 1 << 24, MaxSide: 1 << 12}); err != nil {
		return imaging.ReasonOf(err), nil
	}
	return schemas.Kept, body
}

func TestEveryKindIsThere(t *testing.T) {
	t.Parallel()
	inv := New(DefaultPages).Inventory()
	for _, k := range []Kind{
		Good, Mismatch, Redirected, Copy, SecondAlt, NoCaption, Placeholder, FileName, Icon, Banner, Missing, Removed, Forbidden, Failing,
		Truncated, HTMLInstead, Vector, PageOptOut, FileOptOut, Disallowed,
	} {
		if inv.Kinds[k] == 0 {
			t.Errorf("no %s", k)
		}
	}
	for k, r := range reasons {
		if !r.Valid() || r == schemas.Kept {
			t.Errorf("%s: %q is no reason", k, r)
		}
	}
	if wrong := float64(inv.Kinds[Mismatch]) / float64(inv.Kept()); wrong < 0.03 || wrong > 0.08 {
		t.Errorf("%.1f %% of the kept captions are wrong, want about 5 %%", 100*wrong)
	}
	t.Logf("%d pages, %d references, %d candidates, %d kept: %v", inv.Pages, inv.References, inv.Candidates(), inv.Kept(), inv.Kinds)
}

func TestSpecFitsTheSite(t *testing.T) {
	t.Parallel()
	spec, err := specfile.Load("../picturesite.yaml")
	if err != nil {
		t.Fatal(err)
	}
	web := spec.Source.Web
	if web.MaxDepth != MaxDepth || len(web.Seeds) != 1 || web.Seeds[0] != "http://"+Address+"/" {
		t.Errorf("max_depth %d and seeds %v, want %d and http://%s/", web.MaxDepth, web.Seeds, MaxDepth, Address)
	}
	if inv := New(DefaultPages).Inventory(); int64(inv.Pages+inv.Redirects) > web.MaxPages {
		t.Errorf("max_pages %d would cut a site of %d", web.MaxPages, inv.Pages+inv.Redirects)
	}
	if spec.Filter != specfile.Default().Filter {
		t.Error("the inventory's reasons are those of the default filter, and the spec has another")
	}
}
