// Package devcloud exists so that flows can be developed, demonstrated and
// proved without a data centre: it is an OpenStack-compatible cloud in one
// process. Clients for OpenStack (gophercloud, the openstack command)
// work against it unchanged. Where its answers differ from those of a real
// OpenStack of the Zed release, devcloud is wrong.
//
// # Services
//
// One listener serves all of them under path prefixes, which the catalog in
// every token names (region RegionOne; interfaces public, internal, admin):
//
//	keystone  /identity/v3           passwords, application credentials, tokens
//	nova      /compute/v2.1          microversions 2.1 to 2.93
//	neutron   /network/v2.0
//	cinder    /volume/v3/{project}   microversions 3.0 to 3.70
//	glance    /image/v2
//
// Users demo (project demo), other (project other) and admin (project admin)
// have the password "devcloud".
//
// # Start content
//
// Networks public (external, 203.0.113.0/24) and private (of demo,
// 10.10.0.0/16), joined by demo-router; image tiny (1 MiB, raw); flavors
// m1.nano, m1.tiny, m1.small, m1.medium, m1.large, and m1.impossible, which no
// host can hold; key pair demo-key. Quotas and hosts are those of a small real
// cloud: 200 servers, 400 cores, 500 ports, 100 floating IPs, 200 volumes, 4000 GB.
//
// On top there are traps, for code that trusts names:
//
//	project other  network private, demo-router, image tiny, key pair demo-key,
//	               port web and volume web: the same names as demo's
//	project demo   network private2; ports and volumes web, web.* and
//	               web-1-old, which bear no mark; security group default.*
//	public         images tiny-old, t[i]ny, tin. and two called twin
//
// # Time
//
// Nothing runs in the background. What takes time (building a server, deleting
// it, creating a volume) is due at an instant of the real clock, and is carried
// out by the first request after that instant.
//
// # State
//
// With Options.File every change is appended to a journal of JSON lines before
// the request is answered, and handed to the operating system in one write. So
// the state survives the death of the process (kill -9). It is never synced to
// the disk: a power cut may lose the newest changes. A torn last line is
// ignored, and the journal is compacted whenever it is opened.
//
// # Control
//
// What a real cloud does not offer is under /devcloud/, without a token:
//
//	GET    /devcloud/inventory   what exists: a list of Object
//	GET    /devcloud/calls       calls so far: {"nova POST /servers": 3}
//	DELETE /devcloud/calls       counts from zero again
//	GET    /devcloud/faults      the rules in force
//	POST   /devcloud/faults      adds rules: JSON (one or a list), or text, one a line
//	DELETE /devcloud/faults      removes all rules
//	GET    /devcloud/settings    the settings in force
//	PUT    /devcloud/settings    changes those given: see store.Settings
//
// # Faults
//
// A rule is "SERVICE METHOD PATH-REGEXP ACTION [COUNT [TEXT]]"; the first that
// matches a call holds for it. SERVICE is keystone, nova, neutron, cinder,
// glance or *, METHOD may be *, and the expression is searched in the path
// after the service's prefix (/v2.1/servers). See api.Fault for the actions.
//
// # Packages
//
// This package opens the cloud, creates the start content and serves the control
// API. The rest is in layers; a package may import those to its left:
//
//	store <- api <- keystone <- glance <- cinder <- neutron <- nova <- devcloud
//
// The store has the rows of all services and one lock for them. The package api
// serves them over HTTP. Where a service must tell one to its right, that one
// registers a function with it.
package devcloud
