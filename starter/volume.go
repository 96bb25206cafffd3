package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

func volumeCommand(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "volume",
		Short:   "Create, change, delete, list and show volumes",
		Long:    "Create, change, delete, list and show volumes. Each change to a volume is a run, and only one run at a time may change a volume.",
		Example: "  novaflow volume list",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(volumeCreateCommand(session), volumeDeleteCommand(session), volumeExtendCommand(session), volumeSnapshotCommand(session),
		volumeRestoreCommand(session), change.NewMarkCommand(session, "volume", "data-1", change.Adopting, clouds.CompleteVolumes), change.NewMarkCommand(session, "volume", "data-1", change.Releasing, clouds.CompleteVolumes), volumeListCommand(session.Out), volumeShowCommand(session.Out))
	return cmd
}

// volumeChange is a run that changes a volume.
func volumeChange(o workflows.RunOptions, v clouds.Existing, done string, flow change.Flow, summary string, request workflows.Spec) change.Request {
	return change.Request{
		Resource: "volume " + v.Name, Done: done, Id: workflows.VolumeWorkflowID(o.Cloud, v.Name), Flow: flow,
		Summary: fmt.Sprintf(summary+" in %s", v.Name, o.Cloud), Spec: request,
	}
}

func volumeCreateCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	var request workflows.VolumeCreateSpec
	cmd := &cobra.Command{
		Use:   "create NAME --size GIB",
		Short: "Create a volume: blank, from an image or from a snapshot",
		Long: `Create a volume: blank, from an image, or from a snapshot, which restores what that
holds beside its volume. Either it comes to exist, or nothing of it is left.`,
		Example: `  novaflow volume create data-1 --size 10
  novaflow volume create data-1-monday --snapshot monday
  novaflow volume create data-2 --file volume.yaml --dry-run`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := change.ReadRequest(cmd, &flags, args, func(o workflows.RunOptions, name string) (workflows.VolumeCreateSpec, error) {
				request.RunOptions, request.Name = o, name
				return request, request.Validate()
			})
			if err != nil {
				return err
			}
			return change.Run(cmd.Context(), session, &flags, volumeChange(s.RunOptions, clouds.Existing{s.Name, s.Name}, "created",
				volumeCreateFlow, "create volume %s", s))
		},
	}
	fs := cmd.Flags()
	fs.IntVar(&request.Size, "size", 0, "GiB; a volume from a snapshot has that of the snapshot without it")
	fs.StringVar(&request.Image, "image", "", "image to make it from, name or id")
	fs.StringVar(&request.Snapshot, "snapshot", "", "snapshot to make it from, name or id")
	fs.StringVar(&request.Type, "type", "", "volume type, name or id")
	fs.StringVar(&request.AvailabilityZone, "availability-zone", "", "zone to make it in")
	flags.Add(cmd)
	term.Complete(cmd, "image", clouds.CompleteImageNames(&flags.Cloud))
	flags.AddFile(cmd)
	return cmd
}

func volumeExtendCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "extend NAME|ID GIB",
		Short: "Make a volume larger, for good",
		Long: `Make a volume larger, also one that is in use where the cloud can do that. There is no
way back: cinder cannot shrink a volume.`,
		Example: "  novaflow volume extend data-1 20",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var size int
			if _, err := fmt.Sscanf(args[1]+"\n", "%d\n", &size); err != nil {
				return term.Usage("%q is no size in GiB", args[1])
			}
			return changeVolume(session, cmd, &flags, args[0], func(o workflows.RunOptions, v clouds.Existing) change.Request {
				return volumeChange(o, v, "extended", volumeExtendFlow, "extend volume %s",
					workflows.VolumeExtendSpec{RunOptions: o, Volume: v.Word, Size: size})
			})
		},
	}
	flags.Add(cmd)
	cmd.ValidArgsFunction = clouds.CompleteVolumes(&flags.Cloud)
	return cmd
}

// changeVolume runs a change of a volume that exists.
func changeVolume(session *runs.Session, cmd *cobra.Command, flags *change.Flags, word string, make func(workflows.RunOptions, clouds.Existing) change.Request) error {
	return change.RunOnExisting(session, cmd, flags, "volume", word, make)
}

func volumeSnapshotCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	var request workflows.VolumeSnapshotSpec
	cmd := &cobra.Command{
		Use:   "snapshot VOLUME NAME",
		Short: "Take a snapshot of a volume",
		Long: `Take a snapshot of a volume. That of a volume in use needs --force, and has what is on
its disk, as after a power cut.`,
		Example: "  novaflow volume snapshot data-1 monday",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeVolume(session, cmd, &flags, args[0], func(o workflows.RunOptions, v clouds.Existing) change.Request {
				request.RunOptions, request.Volume, request.Name = o, v.Word, args[1]
				return volumeChange(o, v, "snapshotted", volumeSnapshotFlow, "snapshot of volume %s", request)
			})
		},
	}
	cmd.Flags().StringVar(&request.Description, "description", "", "what it is for")
	cmd.Flags().BoolVar(&request.Force, "force", false, "also of a volume that is in use")
	flags.Add(cmd)
	cmd.ValidArgsFunction = clouds.CompleteVolumes(&flags.Cloud)
	return cmd
}

func volumeRestoreCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "restore VOLUME SNAPSHOT",
		Short: "Take a volume back to its latest snapshot, for good",
		Long: `Take a volume back to its latest snapshot. There is no way back: what was written since
is gone. To restore beside it, use novaflow volume create --snapshot.`,
		Example: "  novaflow volume restore data-1 monday",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return changeVolume(session, cmd, &flags, args[0], func(o workflows.RunOptions, v clouds.Existing) change.Request {
				return volumeChange(o, v, "restored", volumeRestoreFlow, "restore volume %s",
					workflows.VolumeRestoreSpec{RunOptions: o, Volume: v.Word, Snapshot: args[1]})
			})
		},
	}
	flags.Add(cmd)
	cmd.ValidArgsFunction = clouds.CompleteVolumes(&flags.Cloud)
	return cmd
}
