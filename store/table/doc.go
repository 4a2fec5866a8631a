// Package table reads and writes typed Parquet rows, as iterators.
//
// A row is a struct. Each exported field is a column, in the order of the fields, named by its `parquet:"name"` tag
// ("-" leaves it out). What a field can be, and what readers such as pyarrow, DuckDB and Polars see:
//
//	string                        STRING; bytes that are not UTF-8 become U+FFFD, because one of them makes
//	                              some readers refuse the file
//	[]byte                        BINARY
//	bool int32 int64              BOOLEAN INT32 INT64
//	float32 float64               FLOAT DOUBLE
//	a struct of these             STRUCT
//	a slice of any of the above   LIST of them; the tag may say ",list", and means the same without
//	[]float32 named in Vectors    LIST<FLOAT16> or LIST<FLOAT>, to Arrow readers a fixed-size list
//
// Nothing is null: an empty string is an empty string. An empty slice comes back as nil. The tag's option ",optional"
// declares a column nullable all the same, for readers that match schemas; it stands outside lists only.
//
// What is promised: equal rows and settings give equal bytes. Row groups are bounded, so writing and reading take
// memory by the row group and not by the file; a reader holds one page of each column that it asks for, and of an
// object that is store.Distant up to four strides of its bytes (4 MiB on S3), which it asks for in few pieces. Reading
// takes any field order, ignores columns that the struct does not name, reads nulls as zero values, and refuses a
// file whose columns hold more or fewer rows than its footer declares. Errors name the object, the row group and
// the column; a hostile file is an error, never a panic. What is not bounded: a page whose header claims up to 2 GiB
// takes that much for a moment before it is found short, so files of strangers belong in a process with a limit.
//
// Formats: https://github.com/apache/parquet-format (LogicalTypes.md for LIST and FLOAT16) and, for the metadata
// key "ARROW:schema", the IPC schema message of https://arrow.apache.org/docs/format/Columnar.html.
package table
