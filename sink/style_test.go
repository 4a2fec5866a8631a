package sink

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store/mem"
	"pairmill/store/table"
)

// wantMeta is laid out as img2dataset 1.47.0 lays out the .json of a sample whose md5 it verified: the list's own md5 is
// not among the list's columns, the computed one stands at the end.
const wantMeta = `{
    "f": 0.1,
    "big": 1152921504606846976,
    "l": [
        "x",
        "y"
    ],
    "caption": "caption 0, \u00e9",
    "url": "http://a.example/0.jpg",
    "key": "000020000",
    "status": "success",
    "error_message": null,
    "width": 32,
    "height": 31,
    "original_width": 60,
    "original_height": 40,
    "exif": "{\"Image Make\": \"\\u00e9\"}",
    "md5": "abcd"
}`

func TestListedMembers(t *testing.T) {
	t.Parallel()
	r := rows()
	r[0].SHA256 = "sum"
	all := style("png").withDefaults()
	bare, added := all, all
	bare.Caption, bare.Hash, bare.EXIF, bare.Columns = false, "", false, nil
	added.Hash = "sha256"
	for _, c := range []struct {
		style ShardStyle
		row   schemas.Row
		want  map[string]string
	}{
		{all, r[0], map[string]string{"png": "image", "json": wantMeta, "txt": "caption 0, é"}},
		{all, r[3], map[string]string{"png": "image", "txt": "",
			"json": `"caption": null`}},
		{added, r[0], map[string]string{"png": "image", "txt": "caption 0, é", "json": `"md5": "ABCD",` + "\n" + `    "url"`}},
		{added, r[0], map[string]string{"png": "image", "txt": "caption 0, é", "json": "\\\\u00e9\\\"}\",\n    \"sha256\": \"abcd\"\n}"}},
		{bare.withDefaults(), schemas.Row{ID: "id", URL: "http://a.example/", Captions: []schemas.Caption{{Text: "c"}}},
			map[string]string{"png": "image", "json": "{\n    \"caption\": \"c\",\n    \"url\": \"http://a.example/\",\n    \"key\": \"id\",\n    \"status\": \"success\",\n" +
				"    \"error_message\": null,\n    \"width\": null,\n    \"height\": null,\n    \"original_width\": null,\n    \"original_height\": null\n}"}},
	} {
		got, err := c.style.sample(&c.row, []byte("image"))
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%d members, %v", len(got), err)
		}
		for _, m := range got {
			if want := c.want[m.Ext]; string(m.Data) != want && (m.Ext != "json" || !strings.Contains(string(m.Data), want)) {
				t.Errorf("%s: %s, want %s", m.Ext, m.Data, want)
			}
		}
	}
	broken := r[0]
	broken.Listed = "[1]"
	if _, err := all.sample(&broken, nil); err == nil || !strings.Contains(err.Error(), broken.ID) {
		t.Errorf("broken values: %v", err)
	}
}

// A crawl's samples stand under their id, a list's under the key that it gave, with the whole row.
func TestZeroStyle(t *testing.T) {
	t.Parallel()
	for want, row := range map[string]schemas.Row{"other": {ID: "id", Key: "other", Captions: []schemas.Caption{{Text: "c"}}}, "id": {ID: "id"}} {
		s := ShardStyle{}.withDefaults()
		got, err := s.sample(&row, []byte("image"))
		if err != nil || s.key(&row) != want || len(got) != 3 || got[0].Ext != "jpg" || string(got[2].Data) != caption(&row) || !strings.HasPrefix(string(got[1].Data), `{"id":"id",`) {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestSidecarColumns(t *testing.T) {
	t.Parallel()
	const tail = " key:string status:string error_message:string width:int32 height:int32 original_width:int32 original_height:int32"
	for _, c := range []struct {
		side sidecar
		want string
	}{
		{sidecar{ShardStyle: style("jpg")}, "f:double big:int64 l:list<string> caption:string md5:string url:string" + tail + " exif:string reason:string detail:string"},
		{sidecar{ShardStyle: ShardStyle{Hash: "sha256", EXIF: true}.withDefaults(), pictures: true}, "caption:string url:string" + tail + " exif:string sha256:string jpg:binary reason:string detail:string"},
		{sidecar{ShardStyle: ShardStyle{Ext: "webp", Columns: []schemas.Column{{Name: "reason", Type: "bool"}, {Name: "url", Type: "string"}}}, pictures: true}, "reason:bool url:string" + tail + " webp:binary detail:string"},
	} {
		var got []string
		for _, col := range c.side.columns() {
			got = append(got, col.Name+":"+col.Type)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s\nwant %s", strings.Join(got, " "), c.want)
		}
		values, err := c.side.values(&schemas.Row{ID: "i"}, nil)
		if err != nil || len(values) != len(got) {
			t.Errorf("%d values for %d columns, %v", len(values), len(got), err)
		}
	}
}

func TestSidecarValues(t *testing.T) {
	t.Parallel()
	s := sidecar{style("jpg"), true}
	all := rows()
	for i, want := range [][]any{
		{0.1, int64(1 << 60), []string{"x", "y"}, "caption 0, é", "abcd", "http://a.example/0.jpg", "000020000", "success", nil,
			int32(32), int32(31), int32(60), int32(40), `{"Image Make": "\u00e9"}`, []byte("image"), nil, nil},
		{0.1, int64(1 << 60), []string{"x", "y"}, "caption 1, é", nil, "http://a.example/1.jpg", "000020001", "failed_to_download", "HTTP Error 404: Not Found",
			nil, nil, nil, nil, nil, nil, "http_gone", "status 404"},
		{0.1, int64(1 << 60), []string{"x", "y"}, "caption 2, é", nil, "http://a.example/2.jpg", "000020002", "failed_to_resize", "image too small",
			nil, nil, nil, nil, nil, nil, "image_too_small", "4 × 4 pixels"},
	} {
		var image []byte
		if all[i].Kept() {
			image = []byte("image")
		}
		if got, err := s.values(&all[i], image); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("row %d: %v, %v\nwant %v", i, got, err, want)
		}
	}
}

// delivered is what a reader of the table beside a shard sees; nulls are zero values here.
type delivered struct {
	Big      int64    `parquet:"big"`
	L        []string `parquet:"l,list"`
	MD5      string   `parquet:"md5"`
	Key      string   `parquet:"key"`
	Status   string   `parquet:"status"`
	Width    int32    `parquet:"width"`
	JPG      []byte   `parquet:"jpg"`
	Reason   string   `parquet:"reason"`
	Original int32    `parquet:"original_height"`
}

func TestSidecarFile(t *testing.T) {
	t.Parallel()
	s := mem.New()
	rec := fetched(t, s, style("jpg"), rows())
	if _, err := deliver(t.Context(), t, s, delivery(schemas.DeliverParquet), rec); err != nil {
		t.Fatal(err)
	}
	got, err := table.Collect(table.Read[delivered](t.Context(), s, "00002.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	l := []string{"x", "y"}
	want := []delivered{
		{1 << 60, l, "abcd", "000020000", "success", 32, []byte("picture 0"), "", 40},
		{1 << 60, l, "", "000020001", "failed_to_download", 0, nil, "http_gone", 0},
		{1 << 60, l, "", "000020002", "failed_to_resize", 0, nil, "image_too_small", 0},
		{1 << 60, l, "abcd", "000020003", "success", 32, []byte("picture 3"), "", 40},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}
