// Package fetch gets one URL, politely and safely.
package fetch
