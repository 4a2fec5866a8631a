package schemas

// Where a caption came from.
const (
	SourceAlt  = "alt"  // an <img>'s alt attribute
	SourceList = "list" // a caption column of a URL list, or of a shard's table or samples
)

// Caption is one text for one picture. A sample has one or more.
type Caption struct {
	Text      string `parquet:"text" json:"text"`           // valid UTF-8, white space collapsed
	Source    string `parquet:"source" json:"source"`       // SourceAlt, SourceList, …
	Language  string `parquet:"language" json:"language"`   // BCP 47 as declared by the page; empty = unknown
	Generator string `parquet:"generator" json:"generator"` // the model that wrote it; empty = a person or unknown
}

// Candidate is what a source finds: a picture's URL, what is said of it, and where.
type Candidate struct {
	ID       string    `parquet:"id" json:"id"`   // NewID(URL, Captions[0].Text)
	URL      string    `parquet:"url" json:"url"` // normalised, absolute, http or https
	Captions []Caption `parquet:"captions,list" json:"captions"`
	PageURL  string    `parquet:"page_url" json:"page_url"` // the first page, in planned order, that shows it; empty for lists
	Depth    int32     `parquet:"depth" json:"depth"`       // links from a seed to that page; 0 for lists
	OptOut   string    `parquet:"opt_out" json:"opt_out"`   // the page's words that forbid use, with where they stood; empty = none
	License  string    `parquet:"license" json:"license"`   // a licence link found on the page; empty = none found
	Key      string    `parquet:"key" json:"key"`           // the sample's key where a list's plan gives it; empty = the id
	Listed   string    `parquet:"listed" json:"listed"`     // JSON array of the list's values for the plan's columns; empty for crawls
}
