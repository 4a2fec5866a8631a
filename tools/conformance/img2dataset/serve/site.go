package main

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// site answers by the path's first word. The last element of most paths names a picture.
func site(pictures http.FileSystem) http.Handler {
	s := folder{pictures}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /robots.txt", robots)
	mux.HandleFunc("GET /picture/", s.whole)
	mux.HandleFunc("GET /directive/{words}/{name}", s.directive)
	mux.HandleFunc("GET /typed/{main}/{sub}/{name}", s.typed)
	mux.HandleFunc("GET /short/{name}", s.short)
	mux.HandleFunc("GET /half/{name}", s.half)
	mux.HandleFunc("GET /redirect/{hops}/{name}", redirect)
	mux.HandleFunc("GET /loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) })
	mux.HandleFunc("GET /status/{code}", status)
	mux.HandleFunc("GET /empty", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "image/jpeg") })
	mux.HandleFunc("GET /page", page)
	return mux
}

func robots(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Host, hosts[1]+":") {
		fmt.Fprint(w, "User-agent: *\nDisallow: /\n")
		return
	}
	http.NotFound(w, r)
}

func status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil || code < 200 || code > 599 {
		code = http.StatusBadRequest
	}
	w.WriteHeader(code)
	fmt.Fprintln(w, http.StatusText(code))
}

func redirect(w http.ResponseWriter, r *http.Request) {
	hops, _ := strconv.Atoi(r.PathValue("hops"))
	to := "/picture/" + r.PathValue("name")
	if hops > 1 {
		to = fmt.Sprintf("/redirect/%d/%s", hops-1, r.PathValue("name"))
	}
	http.Redirect(w, r, to, http.StatusFound)
}

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<!doctype html><title>Not a picture</title><p>This page stands where a picture stood.")
}

// folder serves pictures.
type folder struct{ http.FileSystem }

func (f folder) whole(w http.ResponseWriter, r *http.Request) {
	f.write(w, r, path.Base(r.URL.Path), 1)
}

func (f folder) directive(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Robots-Tag", r.PathValue("words"))
	f.write(w, r, r.PathValue("name"), 1)
}

func (f folder) typed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", r.PathValue("main")+"/"+r.PathValue("sub"))
	f.write(w, r, r.PathValue("name"), 1)
}

// half answers with the first half of the file as if it were whole.
func (f folder) half(w http.ResponseWriter, r *http.Request) { f.write(w, r, r.PathValue("name"), 0.5) }

// short promises the whole file and closes the connection in the middle.
func (f folder) short(w http.ResponseWriter, r *http.Request) {
	data, err := f.read(r.PathValue("name"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Write(data[:len(data)/2])
	panic(http.ErrAbortHandler)
}

func (f folder) write(w http.ResponseWriter, r *http.Request, name string, share float64) {
	data, err := f.read(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	data = data[:int(float64(len(data))*share)]
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Write(data)
}

func (f folder) read(name string) ([]byte, error) {
	file, err := f.Open("/" + name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}
