// Package nova exists so that flows can create and change servers in steps that may be
// repeated, lost or reverted, although nova accepts most changes long before they are
// done and a server does not say who changed it: see [ServerBefore].
//
// It may import the internal packages of activities and the other services.
package nova
