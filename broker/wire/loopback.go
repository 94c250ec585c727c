package wire

import "net/netip"

// LoopbackHost tells whether a host name or address is this machine's own. A
// name other than localhost is not looked up, so it never is.
func LoopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
