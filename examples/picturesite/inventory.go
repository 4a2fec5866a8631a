package picturesite

import (
	"strings"

	"pairmill/schemas"
)

// Inventory is what a crawler must find that starts at the front page, follows links for at most MaxDepth steps and obeys
// robots.txt.
type Inventory struct {
	Pages      int          // pages read, each once
	Redirects  int          // redirecting pages on the way
	References int          // <img> elements on those pages
	Pictures   int          // distinct URLs of candidates
	Kinds      map[Kind]int // candidates by kind: distinct pairs of URL and caption. NoCaption counts elements instead.
}

// Candidates is the number of distinct pairs of URL and caption.
func (i Inventory) Candidates() int {
	n := 0
	for kind, count := range i.Kinds {
		if kind != NoCaption {
			n += count
		}
	}
	return n
}

// Dropped is how many candidates each reason drops, duplicates included, before any similarity threshold.
func (i Inventory) Dropped() map[schemas.Reason]int64 {
	out := map[schemas.Reason]int64{}
	for kind, count := range i.Kinds {
		if r := kind.Reason(); r != schemas.Kept && kind != NoCaption {
			out[r] += int64(count)
		}
	}
	return out
}

// Kept is the number of candidates that stay, before any similarity threshold: all distinct images.
func (i Inventory) Kept() int { return i.Kinds[Good] + i.Kinds[Mismatch] + i.Kinds[Redirected] }

// Inventory walks the plan.
func (s *Site) Inventory() Inventory {
	inv := Inventory{Kinds: map[Kind]int{}}
	candidates, pictures := map[[2]string]bool{}, map[string]bool{}
	for _, p := range s.reach(&inv) {
		for _, f := range p.figures() {
			inv.References++
			if f.Kind == NoCaption {
				inv.Kinds[NoCaption]++
				continue
			}
			if pair := [2]string{f.URL, f.Alt}; !candidates[pair] {
				candidates[pair] = true
				inv.Kinds[f.Kind]++
			}
			pictures[f.URL] = true
		}
	}
	inv.Pictures = len(pictures)
	return inv
}

// reach lists the pages that a crawler reads, nearest first.
func (s *Site) reach(inv *Inventory) []*page {
	var read []*page
	seen, level := map[string]bool{"/": true}, []string{"/"}
	for depth := 0; len(level) > 0; depth++ {
		var next []string
		for i := 0; i < len(level); i++ { // redirects make a level longer
			p, target := s.resolve(level[i])
			follow := &next
			var links []string
			switch {
			case target != "":
				inv.Redirects++
				follow, links = &level, []string{target}
			case p == nil:
				continue
			default:
				read = append(read, p)
				links = p.hrefs()
			}
			for _, link := range links {
				if !seen[link] && !strings.HasPrefix(link, privateFolder) && (follow == &level || depth < MaxDepth) {
					seen[link] = true
					*follow = append(*follow, link)
				}
			}
		}
		level = next
	}
	inv.Pages = len(read)
	return read
}
