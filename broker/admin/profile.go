package admin

import (
	"bytes"
	"net/http"
	"runtime/pprof"
	"strconv"
	"time"

	"bcp/broker/admin/api"
)

// profileMax is how long a profile may take.
const profileMax = 5 * time.Minute

// profile answers with where the broker's processor time goes in the seconds that are asked
// for, in pprof's format.
func (h *handler) profile(w http.ResponseWriter, r *http.Request) error {
	if err := api.CheckParameters(r.URL.Query(), "seconds"); err != nil {
		return err
	}
	text := r.URL.Query().Get("seconds")
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 1 || seconds > int(profileMax.Seconds()) {
		return api.Errorf(api.CodeBadRequest, "seconds %q: a number from 1 to %d is accepted", text, int(profileMax.Seconds()))
	}
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		return api.Errorf(api.CodeBusy, "another profile is being made: one at a time")
	}
	over := time.NewTimer(time.Duration(seconds) * time.Second)
	defer over.Stop()
	select {
	case <-over.C:
	case <-r.Context().Done():
	}
	pprof.StopCPUProfile()
	h.writeBytes(w, r, &profile, profile.Len())
	return nil
}
