// Package list finds candidates in files of URLs: what img2dataset calls a url list.
//
// A list is text (txt, csv, tsv, json, jsonl, each also .gz or .zst) or Parquet, in one file or in many. Survey looks at
// all of them first, refuses what cannot work, and cuts the list into at most 1,000 ranges; Rows then reads one range,
// wherever and as often as it is asked to, and always yields the same candidates in the order of the input.
//
// What is promised: all ranges of a plan together are every row of the list, each once. Memory does not grow with the
// list: a reader of text holds a record and a block of 1 MiB, one of Parquet a page of each column it needs. A file
// that changed after Survey is an error and not other rows. Damage is an error that names the file and the place;
// whether a URL can be fetched is not decided here.
//
// # Formats
//
// txt: a URL per line, taken as it is; a comma is part of it.
//
// csv and tsv: RFC 4180 with a header. A field that begins with a quote ends at the next single one and may hold
// newlines; a quote elsewhere is text. Types come from the first 1 MiB of each file, by pyarrow's rules: int64, bool,
// double, else string; empty fields and words such as NULL are null, but in a column of strings they are strings. Columns
// of URLs, captions and hashes are always strings. A later value that does not fit its column is an error. Cutting such
// a file into ranges costs one pass over it, because only reading from the start tells whether a newline ends a record.
//
// json: one array of objects. jsonl: an object per line. Keys that are missing are null. Types come from the first
// 1 MiB: int64, double, bool, string, lists of them as far as schemas.Column has them; what is mixed, or an object, is
// kept as JSON text in a string.
//
// Parquet: types as store/table reads them. It is cut at row groups, and inside one that is much larger than a range.
//
// A record of text has at most 1 MiB. A compressed file and a json file are one range, because they can only be read
// from the start. txt, jsonl and Parquet are cut without being read. Text is UTF-8; lines end with LF or CRLF; blank
// lines are skipped.
package list
