// Package npy reads arrays of floats that numpy has written: .npz files, which are zips of .npy files.
//
//	OpenArchive   the arrays of a file, by name
//	Array         one of them: rows of float16 or float32 values
//	Read          some of its rows, in ascending order
//	Check         all of it, with the checksum that the file has
//
// What is read: members that are stored (numpy.savez) or deflated (numpy.savez_compressed), versions 1 to 3 of the
// format, two dimensions, C order, little-endian halves and floats. Everything else is an error that says what is there;
// arrays that nobody asks for may be anything. A file that was cut, or whose array has more or fewer bytes than its
// shape says, is an error when it is opened.
//
// What is promised: memory holds a megabyte and a row, whatever the file claims. Rows of stored arrays are read where
// they are; of deflated ones everything in front of them is inflated too. Errors name the file and the array. A
// hostile file is an error, never a panic.
//
// Sources: numpy.lib.format (numpy enhancement proposal 1) and numpy.savez; zip as archive/zip has it.
package npy
