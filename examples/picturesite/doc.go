// Package picturesite is a small web site to crawl: a gallery of drawn pictures with the defects of the real web, each on
// purpose and on a page that explains it.
//
// It is what `make demo` crawls (see ../picturesite.yaml and ./serve) and what end-to-end tests compare with: [Site.Inventory]
// says how many pages, pictures and candidates of each [Kind] a crawler must find, computed from the same plan from which the
// pages are rendered.
//
// Promises:
//
//   - Deterministic: the same number of pages gives the same bytes at the same paths. Nothing depends on the address or the time.
//   - Each picture has at most one defect, so it has one reason to be dropped whatever the order of checks.
//   - All scenes are from picturebook's held-out stream, which no model was trained on, and except on purpose captions are true.
//
// # The site
//
//	/                    front page
//	/rooms/circle/       ten rooms, one for each shape; a room's pages link to each other
//	/corners/            odd corners: a page for each defect, listed with explanations
//	/calendar/2024/05/   a month, with links to the month before and the month after, for ever
//	/pictures/ /mirror/  JPEG, PNG, GIF and BMP files
//	/private/            disallowed by robots.txt, and linked all the same
//	/old/                redirects
package picturesite
