// Package draw turns a compiled flow or the ledger of a run into a picture, in Mermaid or
// in the language of Graphviz. It is apart from both because neither building a flow nor
// running one needs to know how it looks, and because both languages show the same
// picture.
//
// It may import packages graph and ledger and nothing else of this module.
package draw
