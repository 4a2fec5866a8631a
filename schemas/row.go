package schemas

// Row is one line of a shard's table: a candidate and what became of it, kept or not. Everything in it is
// deterministic: equal answers from the web give equal rows. What is not (times, latencies) is an Observation.
type Row struct {
	ID             string    `parquet:"id" json:"id"`
	Key            string    `parquet:"key" json:"key"` // the sample's key inside the tar; empty when dropped, unless a list gave it
	URL            string    `parquet:"url" json:"url"`
	Reason         string    `parquet:"reason" json:"reason"` // empty = kept
	Detail         string    `parquet:"detail" json:"detail"` // which limit, which status: at most 1 KB
	Captions       []Caption `parquet:"captions,list" json:"captions"`
	PageURL        string    `parquet:"page_url" json:"page_url"`
	Depth          int32     `parquet:"depth" json:"depth"`
	License        string    `parquet:"license" json:"license"`
	OptOut         string    `parquet:"opt_out" json:"opt_out"`
	FinalURL       string    `parquet:"final_url" json:"final_url"` // after redirects; empty when equal to URL
	HTTPStatus     int32     `parquet:"http_status" json:"http_status"`
	SourceFormat   string    `parquet:"source_format" json:"source_format"` // by magic bytes
	SourceBytes    int64     `parquet:"source_bytes" json:"source_bytes"`
	SHA256         string    `parquet:"sha256" json:"sha256"` // of the bytes as fetched; empty when there were none
	PHash          string    `parquet:"phash" json:"phash"`   // 16 hexadecimal digits; empty when not decoded
	OriginalWidth  int32     `parquet:"original_width" json:"original_width"`
	OriginalHeight int32     `parquet:"original_height" json:"original_height"`
	Width          int32     `parquet:"width" json:"width"`
	Height         int32     `parquet:"height" json:"height"`
	ImageSHA256    string    `parquet:"image_sha256" json:"image_sha256"` // of the bytes in the tar
	ImageOffset    int64     `parquet:"image_offset" json:"image_offset"` // of those bytes from the start of the tar
	ImageBytes     int64     `parquet:"image_bytes" json:"image_bytes"`
	Profile        string    `parquet:"profile" json:"profile"` // what became of an embedded colour profile; empty = there was none
	EXIF           string    `parquet:"exif" json:"exif"`       // JSON object of tags; empty when not asked for
	Digest         string    `parquet:"digest" json:"digest"`   // of the bytes as fetched, by the algorithm that deliver.hash or the list asks for
	Listed         string    `parquet:"listed" json:"listed"`   // as in Candidate
}

// Kept tells whether the row stayed.
func (r *Row) Kept() bool { return r.Reason == "" }

// Observation is what is true of one fetch and of no other: it stands beside the table, outside the content
// manifest and outside every promise of equal bytes.
type Observation struct {
	ID        string `parquet:"id"`
	StartedMS int64  `parquet:"started_ms"` // Unix milliseconds
	WaitedMS  int32  `parquet:"waited_ms"`  // for the host's turn
	TookMS    int32  `parquet:"took_ms"`    // request to last byte
	Redirects int32  `parquet:"redirects"`
	ETag      string `parquet:"etag"`
	Modified  string `parquet:"last_modified"`
	Server    string `parquet:"server"`
	MediaType string `parquet:"content_type"`
	Address   string `parquet:"address"`
	// Since is the run that received the bytes, when this one has taken them over. StartedMS is then when the site was asked
	// last, if it has been asked at all since.
	Since string `parquet:"since"`
}
