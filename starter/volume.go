package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"novaflow/workflows/spec"
	specpkg "novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

func (a *app) volumeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "volume",
		Short:   "Create, change, delete, list and show volumes",
		Long:    "Create, change, delete, list and show volumes. Each change to a volume is a run, and only one run at a time may change a volume.",
		Example: "  novaflow volume list",
		Args:    cobra.ArbitraryArgs,
		RunE:    group,
	}
	cmd.AddCommand(a.volumeCreateCommand(), a.volumeDeleteCommand(), a.volumeExtendCommand(), a.volumeSnapshotCommand(),
		a.volumeRestoreCommand(), a.markCommand("volume", "data-1", adopting, completeVolumes), a.markCommand("volume", "data-1", releasing, completeVolumes), a.volumeListCommand(), a.volumeShowCommand())
	return cmd
}

// volumeChange is a run that changes a volume.
func volumeChange(o spec.RunOptions, v existing, done, workflow, kind, summary string, req spec.Spec) change {
	return change{
		resource: "volume " + v.name, done: done, id: spec.VolumeWorkflowID(o.Cloud, v.name), workflow: workflow, kind: kind,
		summary: fmt.Sprintf(summary+" in %s", v.name, o.Cloud), spec: req,
	}
}

func (a *app) volumeCreateCommand() *cobra.Command {
	var flags changeFlags
	var spec volume.CreateSpec
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
			s, err := requested(cmd, &flags, args, func(o specpkg.RunOptions, name string) (volume.CreateSpec, error) {
				spec.RunOptions, spec.Name = o, name
				return spec, spec.Validate()
			})
			if err != nil {
				return err
			}
			return a.change(cmd.Context(), &flags, volumeChange(s.RunOptions, existing{s.Name, s.Name}, "created",
				volume.Create.Workflow, volume.Create.Kind, "create volume %s", s))
		},
	}
	fs := cmd.Flags()
	fs.IntVar(&spec.Size, "size", 0, "GiB; a volume from a snapshot has that of the snapshot without it")
	fs.StringVar(&spec.Image, "image", "", "image to make it from, name or id")
	fs.StringVar(&spec.Snapshot, "snapshot", "", "snapshot to make it from, name or id")
	fs.StringVar(&spec.Type, "type", "", "volume type, name or id")
	fs.StringVar(&spec.AvailabilityZone, "availability-zone", "", "zone to make it in")
	flags.add(cmd)
	complete(cmd, "image", completeImageNames(&flags.cloud))
	flags.addFile(cmd)
	return cmd
}

func (a *app) volumeExtendCommand() *cobra.Command {
	var flags changeFlags
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
				return usage("%q is no size in GiB", args[1])
			}
			return a.changeVolume(cmd, &flags, args[0], func(o spec.RunOptions, v existing) change {
				return volumeChange(o, v, "extended", volume.Extend.Workflow, volume.Extend.Kind, "extend volume %s",
					volume.ExtendSpec{RunOptions: o, Volume: v.word, Size: size})
			})
		},
	}
	flags.add(cmd)
	cmd.ValidArgsFunction = completeVolumes(&flags.cloud)
	return cmd
}

// changeVolume runs a change of a volume that exists.
func (a *app) changeVolume(cmd *cobra.Command, flags *changeFlags, word string, make func(spec.RunOptions, existing) change) error {
	return a.changeThing(cmd, flags, "volume", word, make)
}

func (a *app) volumeSnapshotCommand() *cobra.Command {
	var flags changeFlags
	var spec volume.SnapshotSpec
	cmd := &cobra.Command{
		Use:   "snapshot VOLUME NAME",
		Short: "Take a snapshot of a volume",
		Long: `Take a snapshot of a volume. That of a volume in use needs --force, and has what is on
its disk, as after a power cut.`,
		Example: "  novaflow volume snapshot data-1 monday",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeVolume(cmd, &flags, args[0], func(o specpkg.RunOptions, v existing) change {
				spec.RunOptions, spec.Volume, spec.Name = o, v.word, args[1]
				return volumeChange(o, v, "snapshotted", volume.Snapshot.Workflow, volume.Snapshot.Kind, "snapshot of volume %s", spec)
			})
		},
	}
	cmd.Flags().StringVar(&spec.Description, "description", "", "what it is for")
	cmd.Flags().BoolVar(&spec.Force, "force", false, "also of a volume that is in use")
	flags.add(cmd)
	cmd.ValidArgsFunction = completeVolumes(&flags.cloud)
	return cmd
}

func (a *app) volumeRestoreCommand() *cobra.Command {
	var flags changeFlags
	cmd := &cobra.Command{
		Use:   "restore VOLUME SNAPSHOT",
		Short: "Take a volume back to its latest snapshot, for good",
		Long: `Take a volume back to its latest snapshot. There is no way back: what was written since
is gone. To restore beside it, use novaflow volume create --snapshot.`,
		Example: "  novaflow volume restore data-1 monday",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeVolume(cmd, &flags, args[0], func(o spec.RunOptions, v existing) change {
				return volumeChange(o, v, "restored", volume.Restore.Workflow, volume.Restore.Kind, "restore volume %s",
					volume.RestoreSpec{RunOptions: o, Volume: v.word, Snapshot: args[1]})
			})
		},
	}
	flags.add(cmd)
	cmd.ValidArgsFunction = completeVolumes(&flags.cloud)
	return cmd
}
