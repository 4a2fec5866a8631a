package schemas

// List is a source of URLs in files: what img2dataset calls a url list.
type List struct {
	Inputs  []string  `yaml:"inputs" json:"inputs"`                       // files, folders or globs: local paths or s3://bucket/key
	Format  string    `yaml:"format" json:"format"`                       // one of ListFormats; empty = by the file's name
	URL     string    `yaml:"url" json:"url"`                             // column of the picture's URL; unused by txt
	Caption string    `yaml:"caption" json:"caption"`                     // column of the caption; empty = none
	Columns []string  `yaml:"columns,omitempty" json:"columns,omitempty"` // further columns that are copied through
	Boxes   string    `yaml:"boxes" json:"boxes"`                         // column of boxes to blur, [[x0, y0, x1, y1], …] in 0..1; empty = none
	Hash    *ListHash `yaml:"hash,omitempty" json:"hash,omitempty"`       // what the bytes must hash to
	Order   string    `yaml:"order" json:"order"`                         // OrderHosts or OrderInput
	Range   Bytes     `yaml:"range" json:"range"`                         // of input that one scan job reads
}

// ListHash names the column that says what a picture's bytes must hash to. A row without a value is not checked.
type ListHash struct {
	Column    string `yaml:"column" json:"column"`
	Algorithm string `yaml:"algorithm" json:"algorithm"` // md5, sha256 or sha512
}

// Formats of a list. Each may also be compressed, by name: .gz or .zst behind it (Parquet compresses inside).
const (
	ListTXT     = "txt" // a URL per line, taken as it is
	ListCSV     = "csv"
	ListTSV     = "tsv"
	ListJSON    = "json" // one array of objects
	ListJSONL   = "jsonl"
	ListParquet = "parquet"
)

// ListFormats lists them.
func ListFormats() []string {
	return []string{ListTXT, ListCSV, ListTSV, ListJSON, ListJSONL, ListParquet}
}

// Orders in which a list's rows go to shards.
const (
	OrderHosts = "hosts" // input order, but hosts with many rows get shards of their own
	OrderInput = "input" // strict input order: a shard then waits for its slowest host
)

// Column is a column that a list's rows carry through to the shards.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // one of the Column types below
}

// Column types: Arrow's names, a closed list. A JSON value stands for each in Candidate.Listed; what is not a number in
// JSON ("NaN", "Infinity") and bytes (base64) stand there as strings.
const (
	ColumnString  = "string"
	ColumnInt32   = "int32"
	ColumnInt64   = "int64"
	ColumnFloat   = "float"
	ColumnDouble  = "double"
	ColumnBool    = "bool"
	ColumnBinary  = "binary"
	ColumnStrings = "list<string>"
	ColumnInts    = "list<int64>"
	ColumnDoubles = "list<double>"
	ColumnBoxes   = "list<list<double>>"
)

// Deliver asks for shards in img2dataset's layout at the top of the store, each as soon as it is committed. A run that
// delivers ends there: it has no dedup, no vectors and no dataset.
type Deliver struct {
	Format string `yaml:"format" json:"format"` // DeliverWebDataset, DeliverParquet or DeliverFiles; DeliverNone
	Digits int    `yaml:"digits" json:"digits"` // of a shard's number; img2dataset's oom_shard_count
	Hash   string `yaml:"hash" json:"hash"`     // column of the bytes' hash: md5, sha256, sha512 or empty = none
}

// Formats of delivered shards.
const (
	DeliverWebDataset = "webdataset" // 00000.tar, 00000.parquet, 00000_stats.json
	DeliverParquet    = "parquet"    // 00000.parquet with the pictures inside, 00000_stats.json
	DeliverFiles      = "files"      // 00000/ with a file per member, 00000.parquet, 00000_stats.json
	DeliverNone       = "none"       // nothing: the run ends when its shards stand in it; those of source.shards stand where they are
)

// Writes tells whether shards are delivered; a nil Deliver delivers none either.
func (d *Deliver) Writes() bool { return d != nil && d.Format != DeliverNone }
