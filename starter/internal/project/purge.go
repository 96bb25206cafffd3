package project

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/project"
	"novaflow/workflows/spec"
)

func newPurgeCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	var request project.PurgeSpec
	cmd := &cobra.Command{
		Use:   "purge NAME|ID",
		Short: "Delete everything in a project, and the project",
		Long: `Delete everything in a project, no matter who created it, and then the project.

Without --confirm nothing is deleted: what would be deleted is listed, in order, with what
to confirm. Look at it, then confirm the number of resources, or the project's id. This
cannot be reverted. A resource that appears in the project meanwhile is not deleted: then
the project stays, the resource is named, and the exit code is 1.

Servers, server groups, floating IPs, ports, routers, volumes, snapshots, images, networks,
subnets and security groups are deleted, then the quotas, the role assignments and the
project. What other services have of the project, such as objects, stacks or backups, is
neither seen nor deleted. The cloud must be an entry for an administrator.`,
		Example: `  novaflow project purge research --cloud admin
  novaflow project purge research --cloud admin --confirm 13`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := flags.Options()
			if err != nil {
				return err
			}
			p, err := clouds.Identify(cmd.Context(), session.ErrOut, &flags.Cloud, "project", args[0])
			if err != nil {
				return err
			}
			if request.Confirm == "" {
				options.DryRun = true
			}
			request.RunOptions, request.Project = options, p.Word
			return change.Run(cmd.Context(), session, &flags, change.Request{
				Resource: "project " + p.Name, Done: "purged", ID: spec.ProjectWorkflowID(options.Cloud, p.Name),
				Flow:    purgeFlow,
				Summary: fmt.Sprintf("purge project %s in %s", p.Name, options.Cloud), Spec: request,
				FallsShort: leftSomething,
			})
		},
	}
	flags.AddForward(cmd)
	cmd.ValidArgsFunction = term.FirstWord(clouds.CompleteProjects(&flags.Cloud))
	cmd.Flags().StringVar(&request.Confirm, "confirm", "",
		"`NUMBER` of resources in the project, or the project's id: delete them")
	cmd.Flags().BoolVar(&request.KeepProject, "keep-project", false,
		"empty the project, and keep it with its quotas and roles")
	return cmd
}

// leftSomething reports whether there is something in the project yet.
func leftSomething(result json.RawMessage) bool {
	var p project.Purged
	return json.Unmarshal(result, &p) != nil || len(p.Left) > 0
}

func aboutPurged(p project.Purged) (string, [][2]string) {
	removed := "\n  " + strings.Join(p.Removed, "\n  ")
	switch {
	case len(p.Left) > 0:
		return fmt.Sprintf("project %s still exists, because these resources in it are new, or were too many for one "+
			"run: look at them, and purge it again\n  %s\ndeleted:%s",
			p.Name, strings.Join(p.Left, "\n  "), removed), nil
	case p.Kept:
		return fmt.Sprintf("project %s is empty, deleted:%s", p.Name, removed), nil
	}
	return fmt.Sprintf("project %s is deleted, with everything in it:%s", p.Name, removed), nil
}
