package specfile

import (
	"strings"
	"testing"

	"pairmill/schemas"
)

func TestValidateList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(*schemas.List)
		want string // empty = valid
	}{
		{"defaults", func(*schemas.List) {}, ""},
		{"inputs", func(l *schemas.List) { l.Inputs = []string{"/data/a", "b/*.csv.gz", "s3://bucket/key", "s3://bucket"} }, ""},
		{"no inputs", func(l *schemas.List) { l.Inputs = nil }, "source.list.inputs: is empty"},
		{"empty input", func(l *schemas.List) { l.Inputs[0] = "" }, "source.list.inputs[0]"},
		{"input with NUL", func(l *schemas.List) { l.Inputs[0] = "a\x00" }, "source.list.inputs[0]"},
		{"web input", func(l *schemas.List) { l.Inputs[0] = "https://a.example/x.csv" }, "want a local path or s3://bucket/key"},
		{"no bucket", func(l *schemas.List) { l.Inputs[0] = "s3:///x.csv" }, "want a local path or s3://bucket/key"},
		{"format", func(l *schemas.List) { l.Format = "xlsx" }, `source.list.format: "xlsx" is unknown: want txt, csv, tsv, json, jsonl, parquet`},
		{"compressed format", func(l *schemas.List) { l.Format = "csv.gz" }, "source.list.format"},
		{"no URL column", func(l *schemas.List) { l.URL = "" }, "source.list.url: is empty"},
		{"columns", func(l *schemas.List) { l.Columns = []string{"uid", "similarity", "Caption"} }, ""},
		{"column of ours", func(l *schemas.List) { l.Columns = []string{"uid", "status"} }, `source.list.columns[1]: "status" is a column that every shard has`},
		{"column without name", func(l *schemas.List) { l.Columns = []string{""} }, "source.list.columns[0]: is empty"},
		{"column twice", func(l *schemas.List) { l.Columns = []string{"a", "b", "a"} }, `source.list.columns[2]: "a" is given twice, first as item 1`},
		{"hash", func(l *schemas.List) { l.Hash = &schemas.ListHash{Column: "sha256", Algorithm: "sha256"} }, ""},
		{"hash without column", func(l *schemas.List) { l.Hash = &schemas.ListHash{Algorithm: "sha256"} }, "source.list.hash.column: is empty"},
		{"another hash", func(l *schemas.List) { l.Hash = &schemas.ListHash{Column: "h", Algorithm: "md5"} }, `deliver.hash: "sha256" is not source.list.hash.algorithm, "md5"`},
		{"order", func(l *schemas.List) { l.Order = "random" }, `source.list.order: "random" is unknown: want hosts, input`},
		{"smallest range", func(l *schemas.List) { l.Range = 64 << 10 }, ""},
		{"range", func(l *schemas.List) { l.Range = 64<<10 - 1 }, "source.list.range: 65535 is too low: want at least 65536"},
	} {
		spec := listed("a.csv")
		c.edit(spec.Source.List)
		only(t, c.name, Validate(spec), c.want)
	}
}

func TestValidateUnknownHash(t *testing.T) {
	t.Parallel()
	spec := listed("a.csv")
	spec.Deliver, spec.Source.List.Hash = nil, &schemas.ListHash{Column: "h", Algorithm: "crc32"}
	only(t, "algorithm", Validate(spec), `source.list.hash.algorithm: "crc32" is unknown: want md5, sha256, sha512`)
}

func TestValidateForbiddenColumns(t *testing.T) {
	t.Parallel()
	spec := listed("a.csv")
	spec.Source.List.Columns = columnsOfOurs()
	if err := Validate(spec); err == nil || strings.Count(err.Error(), "every shard has") != 15 {
		t.Errorf("got %v, want 15 problems", err)
	}
}

func TestValidateDeliver(t *testing.T) {
	t.Parallel()
	md5 := &schemas.ListHash{Column: "h", Algorithm: "md5"}
	for _, c := range []struct {
		name string
		edit func(*schemas.Spec)
		want string // empty = valid
	}{
		{"list without delivery", func(s *schemas.Spec) { s.Deliver = nil }, ""},
		{"format", func(s *schemas.Spec) { s.Deliver.Format = "tfrecord" }, `deliver.format: "tfrecord" is unknown: want webdataset, parquet, files`},
		{"digits", func(s *schemas.Spec) { s.Deliver.Digits = 13 }, "deliver.digits: 13 is outside 1 to 12"},
		{"hash", func(s *schemas.Spec) { s.Deliver.Hash = "crc32" }, `deliver.hash: "crc32" is unknown`},
		{"no hash", func(s *schemas.Spec) { s.Deliver.Hash, s.Source.List.Hash = "", md5 }, ""},
		{"equal hash", func(s *schemas.Spec) { s.Deliver.Hash, s.Source.List.Hash = "md5", md5 }, ""},
		{"shards", func(s *schemas.Spec) { s.Source = schemas.Source{Shards: &schemas.Shards{Tars: []string{"a"}}} }, "deliver: needs source.list"},
		{"shards indexed", func(s *schemas.Spec) {
			s.Source, s.Deliver.Format = schemas.Source{Shards: &schemas.Shards{Tars: []string{"a"}}}, schemas.DeliverNone
		}, ""},
		{"list kept in its run", func(s *schemas.Spec) { s.Deliver.Format = schemas.DeliverNone }, ""},
		{"similarity", func(s *schemas.Spec) { s.Curate.MinSimilarity = 0.28 }, "curate.min_similarity: 0.28 needs vectors, but a run with deliver"},
		{"no vectors", func(s *schemas.Spec) { s.Embed.Model = "" }, ""},
		{"dataset of the same name", func(s *schemas.Spec) { s.Dataset.Name = s.Name }, ""},
		{"dataset of another name", func(s *schemas.Spec) { s.Dataset.Name = "other" }, "dataset: is not at its defaults, but a run with deliver publishes none"},
		{"license", func(s *schemas.Spec) { s.Dataset.License = "CC0" }, "dataset: is not at its defaults"},
		{"boxes", func(s *schemas.Spec) { s.Source.List.Boxes = "faces" }, ""},
		{"untouched boxes", func(s *schemas.Spec) { s.Source.List.Boxes, s.Image.Untouched = "faces", true }, `image.untouched: true keeps every byte, but source.list.boxes, "faces", asks for blurring`},
	} {
		spec := listed("a.csv")
		c.edit(&spec)
		only(t, c.name, Validate(spec), c.want)
	}
}

func TestValidateShards(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		tars []string
		want string
	}{
		{"tars", []string{"pool/00000.tar", "pool/00001.tar"}, ""},
		{"pattern", []string{"pool/*.tar"}, ""},
		{"broken pattern", []string{"pool/[.tar"}, "source.shards.tars[0]: pattern"},
		{"none", nil, "source.shards.tars: is empty"},
		{"absolute path", []string{"a", "/data/0.tar"}, "source.shards.tars[1]: "},
		{"outside", []string{"../0.tar"}, "source.shards.tars[0]: "},
		{"twice", []string{"a", "a"}, `source.shards.tars[1]: "a" is given twice`},
	} {
		spec := Default()
		spec.Name, spec.Source.Shards = "tiny", &schemas.Shards{Tars: c.tars}
		only(t, c.name, Validate(spec), c.want)
	}
}

func TestValidatePool(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, model string
		pool        []string
		want        string
	}{
		{"beside computed vectors", "builtin", []string{"metadata/*.parquet"}, ""},
		{"a feature", "pool:l14", []string{"metadata/*.parquet"}, ""},
		{"a column", "pool:clip_l14_similarity_score", []string{"a.parquet", "b.parquet"}, ""},
		{"no pool", "pool:l14", nil, `embed.model: "pool:l14" needs a pool: set source.shards.pool`},
		{"no name", "pool:", []string{"a.parquet"}, `embed.model: "pool:": want pool: and the name`},
		{"a path", "pool:a/b", []string{"a.parquet"}, "embed.model"},
		{"broken pattern", "builtin", []string{"[.parquet"}, "source.shards.pool[0]: pattern"},
		{"outside", "builtin", []string{"../a.parquet"}, "source.shards.pool[0]: "},
		{"twice", "builtin", []string{"a", "a"}, `source.shards.pool[1]: "a" is given twice`},
	} {
		spec := Default()
		spec.Name, spec.Embed.Model, spec.Source.Shards = "tiny", c.model, &schemas.Shards{Tars: []string{"*.tar"}, Pool: c.pool}
		spec.Curate.MinSimilarity = 0.2
		only(t, c.name, Validate(spec), c.want)
	}
	spec := valid("https://example.com/")
	spec.Embed.Model = "pool:l14"
	only(t, "a crawl", Validate(spec), "needs a pool")
}
