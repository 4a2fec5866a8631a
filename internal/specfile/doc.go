// Package specfile reads the spec, the one YAML file in which a user says what to build.
//
// Promises:
//
//   - Strict: an unknown key, a key given twice, a value of the wrong type or a number outside its limits is an error. Nothing is
//     guessed and nothing is ignored.
//   - Complete: one call reports every problem it can find, each with file, line, path, value and limit (see [Problem]).
//   - What is not written has the value that [Default] gives; each default stands there once, with its reason.
//   - A spec that [Parse] returns satisfies [Validate], and what [Marshal] writes of it is read back as the same spec.
//
// [Example] is what `pairmill spec init` writes, [Schema] is the JSON Schema by which editors complete and check the same file.
package specfile
