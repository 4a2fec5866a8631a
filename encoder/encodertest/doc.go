// Package encodertest holds what tests of and around encoders need: a conformance suite that every Encoder passes,
// and a fake whose vectors follow from the content, so that other packages can be tested for meaning without a model.
package encodertest
