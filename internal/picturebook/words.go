package picturebook

// The first word of each list is the plain one; the rest is what people also write.
var (
	sizeWords = map[Size][]string{
		Small:  {"small", "small", "little", "tiny"},
		Medium: {"medium", "medium-sized"},
		Large:  {"large", "large", "big", "huge"},
	}
	styleWords = map[Style][]string{
		Filled:   {"filled", "solid"},
		Outlined: {"outlined", "outlined", "hollow"},
		Hatched:  {"hatched"},
		Sketchy:  {"sketchy", "hand-drawn", "scribbled"},
	}
	countWords = map[int][]string{
		2: {"two", "two", "2", "a pair of"},
		3: {"three", "three", "3"},
		4: {"four", "four", "4"},
	}
	placeWords = map[Place][]string{
		Centre:      {"in the centre", "in the center", "in the middle"},
		Left:        {"on the left", "at the left", "on the left side"},
		Right:       {"on the right", "at the right", "on the right side"},
		Top:         {"at the top", "near the top"},
		Bottom:      {"at the bottom", "near the bottom"},
		TopLeft:     {"in the top left corner", "at the top left", "in the upper left corner"},
		TopRight:    {"in the top right corner", "at the top right", "in the upper right corner"},
		BottomLeft:  {"in the bottom left corner", "at the bottom left", "in the lower left corner"},
		BottomRight: {"in the bottom right corner", "at the bottom right", "in the lower right corner"},
		Row:         {"in a row", "side by side", "next to each other"},
		Column:      {"in a column", "one above the other", "stacked in a column"},
		Scattered:   {"scattered", "scattered around", "scattered about"},
	}
	// The star is where the colour goes; the empty pattern is a caption that does not say.
	groundForms = map[Pattern][]string{
		"":       {"* background", "* background", "*"},
		Plain:    {"* background", "* background", "plain * background", "*"},
		Gradient: {"* gradient background", "* gradient", "gradient * background"},
		Striped:  {"striped * background", "* striped background", "* stripes"},
		Dotted:   {"dotted * background", "* background with dots", "* polka dots"},
	}
)
