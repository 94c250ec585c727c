package admin

import (
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
)

// action serves one request. What it returns is answered as an api.Error,
// unless a list has begun: that carries its error itself.
type action func(w http.ResponseWriter, r *http.Request) error

type route struct {
	path   string
	method string
	do     action
}

// mux serves the routes, and answers all else with an api.Error.
func (h *handler) mux(routes []route) http.Handler {
	paths := map[string]map[string]action{}
	for _, r := range routes {
		if paths[r.path] == nil {
			paths[r.path] = map[string]action{}
		}
		paths[r.path][r.method] = r.do
	}
	mux := http.NewServeMux()
	for path, methods := range paths {
		mux.Handle(path, h.methods(methods))
	}
	mux.Handle("/", h.serve(func(_ http.ResponseWriter, r *http.Request) error {
		return api.Errorf(api.CodeNotFound, "no resource %s: the API's are under /v1", r.URL.Path)
	}))
	return mux
}

func (h *handler) methods(methods map[string]action) http.Handler {
	accepted := slices.Sorted(maps.Keys(methods))
	return h.serve(func(w http.ResponseWriter, r *http.Request) error {
		if do, ok := methods[r.Method]; ok {
			return do(w, r)
		}
		w.Header().Set("Allow", strings.Join(accepted, ", "))
		return api.Errorf(api.CodeBadMethod, "method %s: %s is accepted for %s", r.Method, strings.Join(accepted, " or "), r.URL.Path)
	})
}

func (h *handler) serve(do action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = newIncoming(w, r)
		err := checkQuery(r)
		if err == nil {
			err = do(w, r)
		}
		if err == nil {
			return
		}
		if r.Context().Err() == nil {
			h.log.Debug("admin request refused", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		writeError(w, err)
	})
}

// checkQuery refuses a query of which a part can't be read: without it a list would have more.
func checkQuery(r *http.Request) error {
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		return api.Errorf(api.CodeBadRequest, "query: %v: NAME=VALUE is accepted, with & between them, and %% and ; as %%25 and %%3B", err)
	}
	return nil
}

// within has routes serve no more requests at a time than limit, all together.
func within(limit int, routes []route) []route {
	places := make(chan struct{}, limit)
	for i := range routes {
		do := routes[i].do
		routes[i].do = func(w http.ResponseWriter, r *http.Request) error {
			select {
			case places <- struct{}{}:
				defer func() { <-places }()
				return do(w, r)
			default:
				return api.Errorf(api.CodeBusy, "%d requests are served at a time: try again", limit)
			}
		}
	}
	return routes
}

// guard refuses what comes through a browser under another host's name (DNS
// rebinding).
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ownHost(r.Host) {
			writeError(w, api.Errorf(api.CodeNotAllowed, "host %q: localhost or a loopback address is accepted", r.Host))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func ownHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return wire.LoopbackHost(host)
}
