package topology

import (
	"fmt"
	"net/netip"
)

// addressRange is a range of addresses with both its ends.
type addressRange struct{ start, end netip.Addr }

// parseRange returns the range between two addresses.
func parseRange(start, end string) (addressRange, error) {
	a, errA := netip.ParseAddr(start)
	b, errB := netip.ParseAddr(end)
	switch {
	case errA != nil:
		return addressRange{}, fmt.Errorf("start %q is no address", start)
	case errB != nil:
		return addressRange{}, fmt.Errorf("end %q is no address", end)
	case a.Is4() != b.Is4() || b.Less(a):
		return addressRange{}, fmt.Errorf("%s does not come before %s", a, b)
	}
	return addressRange{a, b}, nil
}

// contains reports whether an address is in the range.
func (r addressRange) contains(a netip.Addr) bool { return !a.Less(r.start) && !r.end.Less(a) }

// overlaps reports whether two ranges have an address in common.
func (r addressRange) overlaps(o addressRange) bool {
	return !r.end.Less(o.start) && !o.end.Less(r.start)
}

// String returns the range as neutron writes it.
func (r addressRange) String() string { return r.start.String() + "-" + r.end.String() }
