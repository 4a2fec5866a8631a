package filter

import "pairmill/schemas"

// Text is what is known before any request is made.
type Text struct {
	Caption string // as CleanCaption returns it
}

// LooksAtText tells whether any rule over captions is on. An empty caption is dropped by NewText's chain even if none is.
func LooksAtText(f schemas.Filter) bool {
	return f.ControlChars || f.Placeholders || f.FileNames || f.MinChars > 0 || f.MaxChars > 0 || f.MinWords > 0 || f.MaxWords > 0
}

// NewText builds the chain over captions. Rules that recognise what a caption is come before those that measure it, so
// that "logo" is reported as a placeholder and not as too short.
func NewText(f schemas.Filter) Chain[Text] {
	c := Chain[Text]{Empty()}
	c.add(f.ControlChars, ControlChars())
	c.add(f.Placeholders, Placeholder())
	c.add(f.FileNames, FileName())
	c.add(f.MinChars > 0, MinChars(f.MinChars))
	c.add(f.MaxChars > 0, MaxChars(f.MaxChars))
	c.add(f.MinWords > 0, MinWords(f.MinWords))
	c.add(f.MaxWords > 0, MaxWords(f.MaxWords))
	return c
}
