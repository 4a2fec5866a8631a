package picturebook

// Shape names an outline; the value is its singular English noun.
type Shape string

// Colour names a hue; the value is its English adjective.
type Colour string

// Size is how much room a thing takes, relative to how many there are.
type Size string

// Style is how a thing is drawn.
type Style string

// Pattern is how the background is drawn.
type Pattern string

// Place is where the things are: one of Places for a single thing, one of Arrangements for several, one of Relations for two kinds.
type Place string

// The closed lists from which scenes are made.
var (
	shapes   = []Shape{"circle", "square", "triangle", "star", "cross", "ring", "hexagon", "heart", "diamond", "crescent"}
	colours  = []Colour{"red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white"}
	grounds  = []Colour{"white", "grey", "black", "yellow", "green", "blue", "pink", "purple", "orange"}
	sizes    = []Size{Small, Medium, Large}
	styles   = []Style{Filled, Outlined, Hatched, Sketchy}
	patterns = []Pattern{Plain, Gradient, Striped, Dotted}
	places   = []Place{Centre, Left, Right, Top, Bottom, TopLeft, TopRight, BottomLeft, BottomRight}
)

// Sizes, in growing order.
const (
	Small  Size = "small"
	Medium Size = "medium"
	Large  Size = "large"
)

// Styles of drawing.
const (
	Filled   Style = "filled"
	Outlined Style = "outlined"
	Hatched  Style = "hatched"
	Sketchy  Style = "sketchy"
)

// Patterns of the background.
const (
	Plain    Pattern = "plain"
	Gradient Pattern = "gradient"
	Striped  Pattern = "striped"
	Dotted   Pattern = "dotted"
)

// Places of a single thing.
const (
	Centre      Place = "centre"
	Left        Place = "left"
	Right       Place = "right"
	Top         Place = "top"
	Bottom      Place = "bottom"
	TopLeft     Place = "top left"
	TopRight    Place = "top right"
	BottomLeft  Place = "bottom left"
	BottomRight Place = "bottom right"
)

// Arrangements of several equal things, and relations of the first of two kinds to the second.
const (
	Row       Place = "row"
	Column    Place = "column"
	Scattered Place = "scattered"
	LeftOf    Place = "left of"
	Above     Place = "above"
)

// Thing is one kind of object in a scene and how often it occurs.
type Thing struct {
	Shape  Shape
	Colour Colour
	Size   Size
	Style  Style
	Count  int // 1 to 4; 1 where a scene has two kinds
}

// Ground is the background of a scene.
type Ground struct {
	Colour  Colour
	Pattern Pattern
}

// Scene is everything there is to know about a picture. It has one kind of thing, in 1 to 4 copies, or two kinds, one copy each.
type Scene struct {
	Things []Thing
	Place  Place
	Ground Ground
	Seed   uint64 // chooses what no caption mentions: exact positions, rotation, tint, wobble of a pencil line
}

// Shapes lists every shape, in a fixed order.
func Shapes() []Shape { return append([]Shape(nil), shapes...) }

// Colours lists every colour a thing can have, in a fixed order.
func Colours() []Colour { return append([]Colour(nil), colours...) }

// Label names the colour and the shape of the first thing: the class of a scene in zero-shot tests.
func (s Scene) Label() (colour, shape string) {
	return string(s.Things[0].Colour), string(s.Things[0].Shape)
}

// Single reports whether the scene shows exactly one object.
func (s Scene) Single() bool { return len(s.Things) == 1 && s.Things[0].Count == 1 }
