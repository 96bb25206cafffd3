package key

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newSealCommand(session *runs.Session) *cobra.Command {
	return &cobra.Command{
		Use: "seal FILE", Annotations: map[string]string{term.TakesFile: "yes"},
		Short: "Encrypt a secret for a request that is written in a file",
		Long: `Encrypt what a file holds and print it in the form that userData has in a request
for "novaflow server create --file". "-" is the standard input.`,
		Example: "  novaflow key seal cloud-init.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := term.ReadFile(cmd.InOrStdin(), "FILE", args[0])
			if err != nil {
				return err
			}
			secret, err := session.Seal(text)
			if err != nil {
				return err
			}
			return term.PrintDocument(session.Out, term.AsJSON, secret)
		},
	}
}
