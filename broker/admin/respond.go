package admin

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"strconv"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
)

// statuses are the HTTP statuses of codes; any other code is 500.
var statuses = map[string]int{
	api.CodeBadRequest:             http.StatusBadRequest,
	wire.CodeMalformed.String():    http.StatusBadRequest,
	wire.CodeUnsupported.String():  http.StatusBadRequest,
	wire.CodeBadName.String():      http.StatusBadRequest,
	wire.CodeBadOption.String():    http.StatusBadRequest,
	api.CodeNotAllowed:             http.StatusForbidden,
	api.CodeNotFound:               http.StatusNotFound,
	api.CodeUnknownTask:            http.StatusNotFound,
	api.CodeGone:                   http.StatusGone,
	api.CodeUnknownWorker:          http.StatusNotFound,
	api.CodeBadMethod:              http.StatusMethodNotAllowed,
	api.CodeAmbiguous:              http.StatusConflict,
	api.CodeNotEnded:               http.StatusConflict,
	wire.CodeKeyConflict.String():  http.StatusConflict,
	api.CodeTooLarge:               http.StatusRequestEntityTooLarge,
	api.CodeBusy:                   http.StatusServiceUnavailable,
	api.CodeStopping:               http.StatusServiceUnavailable,
	api.CodeFailed:                 http.StatusServiceUnavailable,
	wire.CodeQueueFull.String():    http.StatusServiceUnavailable,
	wire.CodeTooManyPeers.String(): http.StatusServiceUnavailable,
	wire.CodeDiskFull.String():     http.StatusInsufficientStorage,
	api.CodeTimeout:                http.StatusGatewayTimeout,
	api.CodeTooSlow:                http.StatusRequestTimeout,
}

func writeError(w http.ResponseWriter, err error) {
	e := api.ErrorOf(err)
	status, ok := statuses[e.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	// A client that has gone away is nobody to tell.
	_ = writeJSON(w, status, e)
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	setHeaders(w, "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}

// writeBytes answers with so many bytes as they are. If they can't be read to their end the
// answer is shorter than it says, by which its reader knows, and the log says why.
func (h *handler) writeBytes(w http.ResponseWriter, r *http.Request, from io.Reader, size int) {
	setHeaders(w, "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(size))
	switch _, err := io.Copy(w, from); {
	case err == nil, errors.Is(err, http.ErrBodyNotAllowed):
	case errors.As(err, new(*net.OpError)):
		h.log.Debug("answer not delivered", "path", r.URL.Path, "error", err)
	default:
		h.log.Error("an answer breaks off: what is asked for can't be read to its end", "path", r.URL.Path, "error", err)
	}
}

func setHeaders(w http.ResponseWriter, contentType string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// readJSON reads a request's body of at most limit bytes. It has to be declared as JSON:
// a web page can't send that to another host without being asked first. What is asked for is
// all in the body: a dry_run in the address would be none.
func readJSON(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	if err := api.CheckParameters(r.URL.Query()); err != nil {
		return err
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return api.Errorf(api.CodeBadRequest, "content type %q: application/json is accepted", r.Header.Get("Content-Type"))
	}
	strict := api.NewStrict(http.MaxBytesReader(w, r.Body, limit))
	dec := json.NewDecoder(strict)
	dec.DisallowUnknownFields()
	if err := decode(dec, v); err != nil {
		return badBody(err, v)
	}
	switch _, err := dec.Token(); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return badBody(err, v)
	case !errors.Is(err, io.EOF):
		return api.Errorf(api.CodeBadRequest, "request body: one JSON object is accepted, and nothing after it")
	}
	if err := strict.Wrong(); err != nil {
		return api.Errorf(api.CodeBadRequest, "request body: %v", err)
	}
	return nil
}

// decode reads the one value of a request's body. A value with a Decode of its own does it.
func decode(dec *json.Decoder, v any) error {
	if own, ok := v.(interface{ Decode(*json.Decoder) error }); ok {
		return own.Decode(dec)
	}
	return dec.Decode(v)
}

func badBody(err error, v any) error {
	var large *http.MaxBytesError
	var own *api.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &large):
		return api.Errorf(api.CodeTooLarge, "request body: at most %d bytes are accepted", large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return api.Errorf(api.CodeTooSlow, "request body: it comes too slowly: %d bytes a second or more are accepted, and pauses of up to %v", slowestRate, pauseMax)
	}
	return api.Errorf(api.CodeBadRequest, "request body: %v", api.DecodeError(err, v))
}
