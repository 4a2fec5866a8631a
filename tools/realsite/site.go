package main

import (
	"net"
	"net/http"
	"strings"
	"sync"
)

// site serves the handbook: all languages on one host, and each language on a virtual host of its own,
// <language>.handbook.test. It remembers what politeness is about.
type site struct {
	listener  net.Listener
	server    *http.Server
	folder    http.Dir
	languages map[string]string // virtual host → folder

	mu    sync.Mutex // guards hosts
	hosts map[string]*visits
}

// visits is what one host has seen.
type visits struct {
	requests    int64
	inFlight    int
	maxInFlight int
	first       string // path of the first request
}

// virtualHost names a language's own host.
func virtualHost(language string) string { return strings.ToLower(language) + ".handbook.test" }

func serve(pages string, languages []string) (*site, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{listener: l, hosts: map[string]*visits{}, folder: http.Dir(pages), languages: map[string]string{}}
	for _, language := range languages {
		s.languages[virtualHost(language)] = language
	}
	s.server = &http.Server{Handler: s}
	go s.server.Serve(l) // ends with close
	return s, nil
}

func (s *site) close() error { return s.server.Close() }

func (s *site) port() string {
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	return port
}

// ServeHTTP answers and notes when a request came and went. It leaves before the last byte of the answer can reach the
// client, whose next request must not count as a second one in flight.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := net.SplitHostPort(r.Host)
	leave := s.enter(host, r.URL.Path)
	if folder, ok := s.languages[host]; ok && r.URL.Path != "/robots.txt" {
		r.URL.Path = "/" + folder + r.URL.Path
	}
	s.file(&leaving{ResponseWriter: w, leave: leave}, r)
	leave()
}

// file serves a file under its own name: http.FileServer would redirect index.html to its folder.
func (s *site) file(w http.ResponseWriter, r *http.Request) {
	f, err := s.folder.Open(r.URL.Path)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, info.Name(), info.ModTime(), f)
}

func (s *site) enter(host, path string) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.hosts[host]
	if !ok {
		v = &visits{first: path}
		s.hosts[host] = v
	}
	v.requests++
	v.inFlight++
	v.maxInFlight = max(v.maxInFlight, v.inFlight)
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		v.inFlight--
	})
}

// manners sums the hosts up and forgets them.
func (s *site) manners() (hosts, requests, maxInFlight, robotsFirst int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.hosts {
		hosts++
		requests += v.requests
		maxInFlight = max(maxInFlight, int64(v.maxInFlight))
		if v.first == "/robots.txt" {
			robotsFirst++
		}
	}
	s.hosts = map[string]*visits{}
	return hosts, requests, maxInFlight, robotsFirst
}

// leaving calls leave before the first bytes of the body: the handbook's files are served in one go.
type leaving struct {
	http.ResponseWriter
	leave func()
}

func (w *leaving) Write(p []byte) (int, error) {
	w.leave()
	return w.ResponseWriter.Write(p)
}
