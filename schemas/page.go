package schemas

// Link is a page to crawl: found on another page, or a seed.
type Link struct {
	URL       string `parquet:"url" json:"url"`             // normalised
	Depth     int32  `parquet:"depth" json:"depth"`         // links from a seed along the path on which it was found
	Redirects int32  `parquet:"redirects" json:"redirects"` // redirects since the last real link
	Referrer  string `parquet:"referrer" json:"referrer"`   // the page it was found on; empty for a seed
}

// Page is one line of a crawl's page table: a URL that was planned and what became of it. Deterministic, like Row.
type Page struct {
	URL        string `parquet:"url" json:"url"`
	Depth      int32  `parquet:"depth" json:"depth"`
	Referrer   string `parquet:"referrer" json:"referrer"`
	Reason     string `parquet:"reason" json:"reason"` // empty = read as a page
	Detail     string `parquet:"detail" json:"detail"`
	HTTPStatus int32  `parquet:"http_status" json:"http_status"`
	Bytes      int64  `parquet:"bytes" json:"bytes"`
	Language   string `parquet:"language" json:"language"`
	OptOut     string `parquet:"opt_out" json:"opt_out"`
	Links      int32  `parquet:"links" json:"links"`           // in scope, distinct on the page
	Candidates int32  `parquet:"candidates" json:"candidates"` // distinct on the page
}
