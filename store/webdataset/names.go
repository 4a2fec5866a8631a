package webdataset

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkKey refuses keys that readers would cut, rename, skip or put elsewhere: a dot ends the key, a slash is a
// folder, a NUL ends the name in the header.
func checkKey(key string) error {
	switch {
	case key == "":
		return errors.New("key is empty")
	case !utf8.ValidString(key):
		return errors.New("key is not UTF-8")
	case strings.ContainsAny(key, "./\\"):
		return errors.New("key has a dot or a slash")
	case strings.ContainsFunc(key, unicode.IsControl):
		return errors.New("key has a control character")
	case strings.HasPrefix(key, "__"):
		return errors.New("key begins with __, which webdataset keeps for itself")
	}
	return nil
}

// checkExt refuses extensions that would not come back as they are: readers lower-case them, and webdataset keeps
// names such as __key__ and __url__ in a sample beside them.
func checkExt(ext string) error {
	if ext == "" || ext[0] == '.' || ext[len(ext)-1] == '.' || strings.HasPrefix(ext, "__") {
		return fmt.Errorf("extension %q is empty, begins or ends with a dot, or begins with __", ext)
	}
	for _, c := range []byte(ext) {
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("._-", c) >= 0) {
			return fmt.Errorf("extension %q has %q; a-z, 0-9, dot, _ and - are allowed", ext, c)
		}
	}
	return nil
}

// checkMembers refuses sets that would not come back as one sample.
func checkMembers(key string, members []Member) error {
	if len(members) == 0 {
		return errors.New("no members")
	}
	seen := map[string]bool{}
	for _, m := range members {
		if err := checkExt(m.Ext); err != nil {
			return err
		}
		if seen[m.Ext] {
			return fmt.Errorf("extension %q twice", m.Ext)
		}
		seen[m.Ext] = true
		if n := len(key) + 1 + len(m.Ext); n > nameMax {
			return fmt.Errorf("name with extension %q has %d bytes; a ustar name has at most %d", m.Ext, n, nameMax)
		}
		if int64(len(m.Data)) > sizeMax {
			return fmt.Errorf("member %q has %d bytes; a ustar size is at most %d", m.Ext, len(m.Data), int64(sizeMax))
		}
	}
	return nil
}

// split takes a name apart at the first dot of its last element. webdataset's own expression gives "dir/.x.jpg" the
// key "dir/"; here hidden files have none.
func split(name string) (key, ext string, ok bool) {
	if first, _, _ := strings.Cut(name, "/"); strings.HasPrefix(first, "__") && strings.HasSuffix(first, "__") {
		return "", "", false
	}
	base := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[base:], '.')
	if dot <= 0 {
		return "", "", false
	}
	return name[:base+dot], strings.ToLower(name[base+dot+1:]), true
}
