package workflows

import "embed"

//go:embed schemas/*.json
var schemas embed.FS

// Schema returns the JSON Schema (draft 2020-12) of the requests for a flow, by its kind,
// for editors of request files. It is nil for a flow whose requests are not read from
// files.
func Schema(kind string) []byte {
	text, err := schemas.ReadFile("schemas/" + kind + ".json")
	if err != nil {
		return nil
	}
	return text
}
