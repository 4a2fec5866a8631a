package picturesite

import (
	"fmt"
	"strings"

	"pairmill/internal/picturebook"
)

// wallSize is the number of pictures on a page of a room.
const wallSize = 6

// rooms plans the rooms, one for each shape, with so many pages each.
func (s *Site) rooms(p *painter, pages int) {
	for _, shape := range picturebook.Shapes() {
		shape := string(shape)
		base := "/rooms/" + shape + "/"
		s.nav = append(s.nav, link{base, roomName(shape)})
		pager := roomPager(base, pages)
		for n := range pages {
			s.add(&page{
				Path: pager[n].Href, Title: roomTitle(shape, n+1), Pager: pager, Figures: p.wall(shape),
				Text: []string{fmt.Sprintf("Pictures of a %s, alone, with others or with something else. Page %d of %d.", shape, n+1, pages)},
			})
		}
	}
}

func roomPager(base string, pages int) []link {
	pager := []link{{base, "1"}}
	for n := 2; n <= pages; n++ {
		pager = append(pager, link{fmt.Sprintf("%s%d/", base, n), fmt.Sprint(n)})
	}
	return pager
}

func roomName(shape string) string {
	plural := shape + "s"
	if shape == "cross" {
		plural = "crosses"
	}
	return strings.ToUpper(plural[:1]) + plural[1:]
}

func roomTitle(shape string, n int) string {
	if n == 1 {
		return roomName(shape)
	}
	return fmt.Sprintf("%s, page %d", roomName(shape), n)
}

// wall hangs a page of pictures. Most are good; defects that are common on the web recur at fixed distances.
func (p *painter) wall(shape string) []figure {
	var out []figure
	var good *work // the last good picture of this wall
	for range wallSize {
		w := p.inRoom(shape)
		f := p.spoil(w, good)
		if f.Kind == Good {
			good = &w
		}
		out = append(out, f)
	}
	return out
}

// spoil returns the figure of w with the defect that its number is due, or in place of it a figure of the last good
// picture once more.
func (p *painter) spoil(w work, good *work) figure {
	n := p.number
	switch {
	case n%20 == 7: // 5 %
		return w.as(Mismatch, w.wrong())
	case n%25 == 11 && good != nil:
		return good.at(Copy, p.mirror(*good))
	case n%40 == 13 && good != nil:
		return good.as(SecondAlt, good.again())
	case n%30 == 19:
		return w.as(NoCaption, "")
	case n%50 == 33:
		return w.as(Placeholder, placeholders[n/50%len(placeholders)])
	case n%50 == 43:
		return w.as(FileName, fmt.Sprintf(fileNames[n/50%len(fileNames)], n))
	}
	return w.figure
}

var (
	placeholders = []string{"image", "Click to enlarge", "untitled", "Photo", "thumbnail"}
	fileNames    = []string{"IMG_%04d.jpg", "DSC%05d", "photo-%d.png", "Screenshot 2024-05-%d at 10.22.11"}
)
