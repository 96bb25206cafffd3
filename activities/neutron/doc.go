// Package neutron exists so that flows can change networks in steps that may be repeated,
// lost or reverted. It has the activities for networks, subnets, routers, ports, floating
// IPs and security groups, and the check of a request for a network.
//
// It imports the internal packages of activities and no other service.
package neutron
