package workflows

import "embed"

//go:embed schemas/*.json
var schemas embed.FS

// Schema is the JSON Schema (draft 2020-12) of the requests for a flow, for
// editors of spec files, or nil for a flow that is not asked for by file.
func Schema(kind string) []byte {
	text, err := schemas.ReadFile("schemas/" + kind + ".json")
	if err != nil {
		return nil
	}
	return text
}
