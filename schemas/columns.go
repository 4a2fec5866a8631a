package schemas

// HashRow is one fetched image in a sorted run: what dedup needs to know of it. Runs are sorted by (SHA256, ID).
type HashRow struct {
	SHA256   string    `parquet:"sha256"`
	ID       string    `parquet:"id"`
	Part     string    `parquet:"part"` // of the same group
	Row      int32     `parquet:"row"`  // line of the part's table
	URL      string    `parquet:"url"`
	Captions []Caption `parquet:"captions,list"`
}

// WinnerRow is an image that stays: the first of its bytes in the run. Winners are sorted by (Part, Row).
type WinnerRow struct {
	Part   string `parquet:"part"`
	Row    int32  `parquet:"row"`
	ID     string `parquet:"id"`
	SHA256 string `parquet:"sha256"`
}

// IndexRow is an image that has won already, in this group or an earlier one. Runs are sorted by SHA256.
type IndexRow struct {
	SHA256 string `parquet:"sha256"`
	ID     string `parquet:"id"`
}

// DuplicateRow points from a row to the winner with the same bytes. Sorted by (Order, ID).
type DuplicateRow struct {
	Order    string    `parquet:"order"` // the winner's place in the global shuffle
	Winner   string    `parquet:"winner"`
	ID       string    `parquet:"id"`
	Group    string    `parquet:"group"`
	Part     string    `parquet:"part"`
	Row      int32     `parquet:"row"`
	URL      string    `parquet:"url"`
	Captions []Caption `parquet:"captions,list"`
}

// OptOutRow is a picture's URL that some page forbids to use, with the page's words.
type OptOutRow struct {
	URL    string `parquet:"url"`
	OptOut string `parquet:"opt_out"`
}

// VectorRow is one line of an embedding column: both vectors have unit length and the dimension in the file's
// metadata; similarity is the cosine of the stored, rounded values.
type VectorRow struct {
	ID             string    `parquet:"id"`
	Row            int32     `parquet:"row"` // line of the shard's table
	ImageEmbedding []float32 `parquet:"image_embedding,list"`
	TextEmbedding  []float32 `parquet:"text_embedding,list"`
	Similarity     float32   `parquet:"similarity"`
}

// SelectedRow is a sample on its way into a dataset, with all that its shard will need. Sorted by Order.
type SelectedRow struct {
	Order          string    `parquet:"order"` // place in the global shuffle: 32 hexadecimal digits
	Key            string    `parquet:"key"`   // in the dataset; empty until the shards are cut
	Group          string    `parquet:"group"`
	Part           string    `parquet:"part"`
	Tar            string    `parquet:"tar"` // the object that holds the image
	Sample         Row       `parquet:"sample"`
	ImageEmbedding []float32 `parquet:"image_embedding,list"`
	TextEmbedding  []float32 `parquet:"text_embedding,list"`
	Similarity     float32   `parquet:"similarity"`
	Encoder        string    `parquet:"encoder"` // fingerprint; empty without similarities
}

// DecisionRow says what curation did with a sample that fetch had kept: its key in the dataset, or why it has none.
type DecisionRow struct {
	ID     string `parquet:"id"`
	Key    string `parquet:"key"`
	Reason string `parquet:"reason"`
	Detail string `parquet:"detail"`
}

// Statuses of a dataset row, as img2dataset names them.
const StatusSuccess = "success"

// DatasetRow is one line of a published dataset's data/*.parquet.
type DatasetRow struct {
	UID            string     `parquet:"uid"`
	Key            string     `parquet:"key"`
	URL            string     `parquet:"url"`
	Caption        string     `parquet:"caption"` // the sample's own; captions holds those of its duplicates too
	Captions       []Caption  `parquet:"captions,list"`
	PageURL        string     `parquet:"page_url"`
	Width          int32      `parquet:"width"`
	Height         int32      `parquet:"height"`
	OriginalWidth  int32      `parquet:"original_width"`
	OriginalHeight int32      `parquet:"original_height"`
	SHA256         string     `parquet:"sha256"` // of the picture as fetched
	ImageSHA256    string     `parquet:"image_sha256"`
	PHash          string     `parquet:"phash"`
	Language       string     `parquet:"language"`
	License        string     `parquet:"license"`
	Status         string     `parquet:"status"`
	Similarity     float32    `parquet:"similarity"`
	ImageEmbedding []float32  `parquet:"image_embedding,list"`
	TextEmbedding  []float32  `parquet:"text_embedding,list"`
	Encoder        string     `parquet:"encoder"` // fingerprint
	Image          ImageBytes `parquet:"image,optional"`
}

// ImageBytes is a picture as Hugging Face's datasets library stores it.
type ImageBytes struct {
	Bytes []byte `parquet:"bytes,optional"`
	Path  string `parquet:"path,optional"`
}

// ShardRow is one line of the table beside a published shard: img2dataset's columns, and uid.
type ShardRow struct {
	UID            string `parquet:"uid" json:"uid"`
	Caption        string `parquet:"caption" json:"caption"`
	URL            string `parquet:"url" json:"url"`
	Key            string `parquet:"key" json:"key"`
	Status         string `parquet:"status" json:"status"`
	ErrorMessage   string `parquet:"error_message" json:"error_message"`
	Width          int32  `parquet:"width" json:"width"`
	Height         int32  `parquet:"height" json:"height"`
	OriginalWidth  int32  `parquet:"original_width" json:"original_width"`
	OriginalHeight int32  `parquet:"original_height" json:"original_height"`
	EXIF           string `parquet:"exif" json:"exif"`
	SHA256         string `parquet:"sha256" json:"sha256"`
}
