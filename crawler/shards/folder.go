package shards

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// Patterns looks at all that a store holds and returns patterns for every tar in it: one for each folder. Other layouts of
// pictures are errors that say what to do with them.
func Patterns(ctx context.Context, s store.Store) ([]string, error) {
	var f folder
	for info, err := range s.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		if !own(info.Key, "") {
			f.see(info.Key)
		}
	}
	if len(f.patterns) == 0 {
		return nil, f.explain(ctx, s)
	}
	return f.patterns, nil
}

// folder is what was seen in a store.
type folder struct {
	patterns       []string
	tables, arrays []string // keys of .parquet and .npz
	picture        string   // a file of its own
}

func (f *folder) see(key string) {
	switch ext := path.Ext(key); {
	case ext == ".tar":
		pattern := key
		if dir, _ := path.Split(key); !strings.ContainsAny(dir, `*?[`) {
			pattern = dir + "*.tar"
		}
		if n := len(f.patterns); n == 0 || !slices.Contains(f.patterns[max(0, n-8):], pattern) && !slices.Contains(f.patterns, pattern) {
			f.patterns = append(f.patterns, pattern)
		}
	case ext == tableExt:
		f.tables = append(f.tables, key)
	case ext == ".npz":
		f.arrays = append(f.arrays, key)
	case f.picture == "" && pictureExt(strings.ToLower(strings.TrimPrefix(ext, "."))):
		f.picture = key
	}
}

// ErrNoTars is why a folder cannot be adopted.
var ErrNoTars = errors.New("there are no tars")

// explain says what a store without tars is.
func (f *folder) explain(ctx context.Context, s store.Store) error {
	var columns []schemas.Column
	if len(f.tables) > 0 {
		t, err := table.OpenStored(ctx, s, f.tables[0])
		if err != nil {
			return fmt.Errorf("%w, and %s is no table: %w", ErrNoTars, f.tables[0], err)
		}
		columns = t.Columns()
		t.Close()
	}
	has := func(name string) bool {
		return slices.ContainsFunc(columns, func(c schemas.Column) bool { return c.Name == name })
	}
	binary := slices.IndexFunc(columns, func(c schemas.Column) bool { return c.Type == schemas.ColumnBinary })
	switch {
	case has("key") && has("status") && binary >= 0:
		return fmt.Errorf("%w: %s holds its pictures in column %s (img2dataset's output_format parquet); pictures are read by their "+
			"place, which a compressed table does not give", ErrNoTars, f.tables[0], columns[binary].Name)
	case has("key") && has("status"):
		return fmt.Errorf("%w: %s is img2dataset's table of files (output_format files, such as %s): pack each folder into a tar beside "+
			"its table", ErrNoTars, f.tables[0], f.picture)
	case has("uid") && has("url"):
		return f.pool(columns)
	case f.picture != "":
		return fmt.Errorf("%w: pictures are files of their own, such as %s", ErrNoTars, f.picture)
	}
	return fmt.Errorf("%w: want img2dataset's shards or WebDataset tars, name.tar", ErrNoTars)
}

// pool explains a pool of DataComp, which has URLs, texts and features, and no pictures.
func (f *folder) pool(columns []schemas.Column) error {
	boxes := ""
	if slices.ContainsFunc(columns, func(c schemas.Column) bool { return c.Name == "face_bboxes" && c.Type == schemas.ColumnBoxes }) {
		boxes = " --bbox_col face_bboxes"
	}
	joined := "The numbers in its tables"
	if len(f.arrays) > 0 {
		joined += fmt.Sprintf(" and the vectors in %d .npz files, such as %s,", len(f.arrays), f.arrays[0])
	}
	return fmt.Errorf("%w: this is a pool of URLs as DataComp gives them out, %d tables without a picture. Download it with DataComp's settings into a folder of it, and adopt it then:\n"+
		"  pairmill download --url_list PATH%s --input_format parquet --url_col url --caption_col text%s --save_additional_columns '[\"uid\"]'\n"+
		"    --output_format webdataset --output_folder PATH/shards --image_size 512 --resize_mode keep_ratio_largest --resize_only_if_bigger True --oom_shard_count 8 --retries 2\n"+
		"%s are joined with the shards by uid then",
		ErrNoTars, len(f.tables), strings.TrimSuffix("/"+path.Dir(f.tables[0]), "/."), boxes, joined)
}
