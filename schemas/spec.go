package schemas

import "strings"

// Spec is what a user asks for: one run, from a source to a dataset. internal/specfile reads it strictly, fills the
// defaults and validates. A limit of 0 is off where its comment says so.
type Spec struct {
	Version int     `yaml:"version" json:"version"` // 1
	Name    string  `yaml:"name" json:"name"`       // a-z, 0-9, hyphens; names the run and, by default, the dataset
	Source  Source  `yaml:"source" json:"source"`
	Fetch   Fetch   `yaml:"fetch" json:"fetch"`
	Image   Image   `yaml:"image" json:"image"`
	Filter  Filter  `yaml:"filter" json:"filter"`
	Dedup   Dedup   `yaml:"dedup" json:"dedup"`
	Embed   Embed   `yaml:"embed" json:"embed"`
	Curate  Curate  `yaml:"curate" json:"curate"`
	Dataset Dataset `yaml:"dataset" json:"dataset"`

	// Deliver set: shards in img2dataset's layout instead of dedup, vectors and a dataset.
	Deliver *Deliver `yaml:"deliver,omitempty" json:"deliver,omitempty"`

	// Schedule set: a cluster runs the spec again and again, each time as a run of its own. A run by itself takes no notice.
	Schedule *Schedule `yaml:"schedule,omitempty" json:"schedule,omitempty"`
}

// Source says where candidates come from: exactly one field is set.
type Source struct {
	Web    *Web    `yaml:"web,omitempty" json:"web,omitempty"`
	List   *List   `yaml:"list,omitempty" json:"list,omitempty"`
	Shards *Shards `yaml:"shards,omitempty" json:"shards,omitempty"`
}

// Shards is a source of pictures that somebody has fetched already: img2dataset's shards or any WebDataset tars, which
// stay where they are, as they are: of Image, max_pixels alone concerns them.
type Shards struct {
	Tars []string `yaml:"tars" json:"tars"`                     // keys in the store, or patterns of them as path.Match has them: pool/*.tar
	Pool []string `yaml:"pool,omitempty" json:"pool,omitempty"` // the same of the tables of a DataComp pool, joined with the shards by uid
}

// Scopes of a crawl: which pages may be followed. Pictures may stand anywhere.
const (
	ScopeHost   = "host"   // the seeds' hosts, port included
	ScopeDomain = "domain" // the seeds' registrable domains
	ScopePrefix = "prefix" // the seeds' hosts, below the seeds' folders
)

// Web is a crawl from seeds.
type Web struct {
	Seeds           []string `yaml:"seeds" json:"seeds"`                           // absolute http(s) URLs
	Scope           string   `yaml:"scope" json:"scope"`                           // ScopeHost, ScopeDomain or ScopePrefix
	MaxPages        int64    `yaml:"max_pages" json:"max_pages"`                   // pages requested in the whole run
	MaxDepth        int32    `yaml:"max_depth" json:"max_depth"`                   // links from a seed; a seed has depth 0
	MaxPagesPerHost int64    `yaml:"max_pages_per_host" json:"max_pages_per_host"` // 0 = only max_pages counts
	Lanes           int      `yaml:"lanes" json:"lanes"`                           // hosts are packed into this many lanes, 1 to 1,000
	PagesPerJob     int      `yaml:"pages_per_job" json:"pages_per_job"`           // what a kill can waste
}

// Fetch is how requests are made, for pages, pictures and robots.txt alike.
type Fetch struct {
	Contact      string            `yaml:"contact" json:"contact"`                 // URL or mail address in the User-Agent
	AllowPrivate bool              `yaml:"allow_private" json:"allow_private"`     // dial loopback and private addresses
	Hosts        map[string]string `yaml:"hosts,omitempty" json:"hosts,omitempty"` // host name or *.suffix → IP address, before DNS
	Timeout      Duration          `yaml:"timeout" json:"timeout"`                 // whole request, redirects included
	Delay        Duration          `yaml:"delay" json:"delay"`                     // between two requests to one host; Crawl-delay may raise it
	PerHost      int               `yaml:"per_host" json:"per_host"`               // requests in flight to one host
	MaxBytes     Bytes             `yaml:"max_bytes" json:"max_bytes"`             // a picture, after decompression
	MaxPageBytes Bytes             `yaml:"max_page_bytes" json:"max_page_bytes"`
	MaxRedirects int               `yaml:"max_redirects" json:"max_redirects"`
	Tries        int               `yaml:"tries" json:"tries"`             // for answers that may change: 5xx, 429, resets, timeouts
	Fresh        Duration          `yaml:"fresh" json:"fresh"`             // of a run since another: what was asked for so lately is not asked for again
	PartRows     int               `yaml:"part_rows" json:"part_rows"`     // candidates in one job, and so in one shard
	Concurrency  int               `yaml:"concurrency" json:"concurrency"` // requests in flight in one job, over all hosts
	Token        string            `yaml:"token" json:"token"`             // a further name that sites may address; img2dataset's user_agent_token
	IgnoreTLS    bool              `yaml:"ignore_tls" json:"ignore_tls"`   // accept any certificate
	OptOut       []string          `yaml:"opt_out" json:"opt_out"`         // X-Robots-Tag words that forbid use; [] = none are heard
}

// Resize modes, as img2dataset names them.
const (
	ModeNo               = "no"
	ModeKeepRatio        = "keep_ratio"         // shorter side becomes size
	ModeKeepRatioLargest = "keep_ratio_largest" // longer side becomes size
	ModeCenterCrop       = "center_crop"
	ModeBorder           = "border" // longer side becomes size, padded white to a square
)

// Image is what is done to pixels before they are stored.
type Image struct {
	Size         int    `yaml:"size" json:"size"` // pixels
	Mode         string `yaml:"mode" json:"mode"`
	OnlyIfBigger bool   `yaml:"only_if_bigger" json:"only_if_bigger"`
	Upscale      string `yaml:"upscale" json:"upscale"`     // interpolation: nearest, linear, cubic, area, lanczos
	Downscale    string `yaml:"downscale" json:"downscale"` // the same
	Format       string `yaml:"format" json:"format"`       // jpg, png or webp
	Quality      int    `yaml:"quality" json:"quality"`     // jpg: 0 to 100; png: compression 0 to 9; webp: 1 to 100, above = lossless
	SkipReencode bool   `yaml:"skip_reencode" json:"skip_reencode"`
	HalfDecode   bool   `yaml:"half_decode" json:"half_decode"` // JPEGs that shrink to a quarter or less, at half size
	Untouched    bool   `yaml:"untouched" json:"untouched"`     // store the bytes as fetched, without decoding them
	EXIF         bool   `yaml:"exif" json:"exif"`               // keep the tags, as a column
	MaxPixels    int64  `yaml:"max_pixels" json:"max_pixels"`   // width × height, before decoding
}

// Filter drops rows by what can be seen of them alone. 0 turns a limit off.
type Filter struct {
	MinChars     int     `yaml:"min_chars" json:"min_chars"`
	MaxChars     int     `yaml:"max_chars" json:"max_chars"`
	MinWords     int     `yaml:"min_words" json:"min_words"`
	MaxWords     int     `yaml:"max_words" json:"max_words"`
	ControlChars bool    `yaml:"drop_control_chars" json:"drop_control_chars"`
	FileNames    bool    `yaml:"drop_file_names" json:"drop_file_names"`
	Placeholders bool    `yaml:"drop_placeholders" json:"drop_placeholders"`
	MinSide      int     `yaml:"min_side" json:"min_side"`     // shorter side of the original, pixels
	MaxArea      int64   `yaml:"max_area" json:"max_area"`     // of the original, pixels
	MaxAspect    float64 `yaml:"max_aspect" json:"max_aspect"` // longer / shorter
	MinBytes     Bytes   `yaml:"min_bytes" json:"min_bytes"`   // of the picture as fetched
}

// Dedup removes equal images over the whole run.
type Dedup struct {
	Buckets int `yaml:"buckets" json:"buckets"` // reduces that can run side by side; 1 on one machine
}

// Embed computes vectors for the images that won.
type Embed struct {
	Model string `yaml:"model" json:"model"` // "builtin", a folder with a CLIP export, or "pool:" and what a pool has; empty = no vectors
	Batch int    `yaml:"batch" json:"batch"` // images per run of the model
}

// FromPool returns what a run takes from the pool of its shards instead of computing it: the name of a pair of arrays, or of
// a column of numbers.
func (e Embed) FromPool() (name string, ok bool) { return strings.CutPrefix(e.Model, "pool:") }

// Curate chooses among embedded rows.
type Curate struct {
	MinSimilarity float64 `yaml:"min_similarity" json:"min_similarity"` // cosine; -1 keeps all
	Seed          uint64  `yaml:"seed" json:"seed"`                     // of the global shuffle
}

// Vector element types of a dataset.
const (
	Float16 = "float16"
	Float32 = "float32"
)

// Dataset is what is published.
type Dataset struct {
	Name         string `yaml:"name" json:"name"`                   // default: the spec's name
	Description  string `yaml:"description" json:"description"`     // for the card
	License      string `yaml:"license" json:"license"`             // of the collection, for the card
	ShardSamples int    `yaml:"shard_samples" json:"shard_samples"` // at most; shards are equal to within one sample
	Vectors      string `yaml:"vectors" json:"vectors"`             // Float16 or Float32
	EmbedImages  bool   `yaml:"embed_images" json:"embed_images"`   // add the column image {bytes, path}
}
