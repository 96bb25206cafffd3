package image

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"novaflow/activities/glance"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/image"
	"novaflow/workflows/spec"
)

// publishFlags describe an image.
type publishFlags struct {
	spec       image.PublishSpec
	checksum   string
	properties []string
}

func (f *publishFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.addSource(fs)
	fs.StringVar(&f.spec.DiskFormat, "disk-format", "", "format of the data, such as qcow2, raw, vmdk or iso")
	fs.StringVar(&f.spec.ContainerFormat, "container-format", "", "container of the data (default bare)")
	fs.StringArrayVar(&f.properties, "property", nil, "property of the image, as `KEY=VALUE` (repeatable)")
	fs.IntVar(&f.spec.MinDisk, "min-disk", 0, "disk in GiB that a server must have to use it")
	fs.IntVar(&f.spec.MinRAM, "min-ram", 0, "memory in MiB that a server must have to use it")
	fs.StringVar(&f.spec.Visibility, "visibility", "",
		"who sees it: private, shared, community or public (default shared if there are members, else private)")
	fs.StringArrayVar(&f.spec.Members, "member", nil,
		"`PROJECT` to share it with, by id, or by name if you may look projects up (repeatable)")
	fs.BoolVar(&f.spec.Protected, "protected", false, "protect it from being deleted by mistake")
	term.Complete(cmd, "disk-format", term.Fixed("qcow2", "raw", "vmdk", "vdi", "vhd", "vhdx", "iso", "ami", "ari",
		"aki", "ploop"))
	term.Complete(cmd, "container-format", term.Fixed("bare", "ovf", "ova", "docker", "ami", "ari", "aki",
		"compressed"))
	term.Complete(cmd, "visibility", term.Fixed("private", "shared", "community", "public"))
}

func (f *publishFlags) addSource(fs *pflag.FlagSet) {
	fs.StringVar(&f.spec.File, "file", "",
		"`FILE` with the data, below the folder for images of the workers, not on this machine")
	fs.StringVar(&f.spec.URL, "url", "", "http or https `ADDRESS` of the data, which the workers can reach; without "+
		"secrets, as it is kept in the run's history")
	fs.StringVar(&f.checksum, "checksum", "",
		"checksum that the data must have, as `ALGORITHM:HEX` of md5, sha256 or sha512")
}

// request turns the flags into the input of the workflow. All mistakes are reported
// together.
func (f *publishFlags) request(o spec.RunOptions, name string) (image.PublishSpec, error) {
	var bad term.Problems
	s := f.spec
	s.RunOptions, s.Name, s.Checksum, s.Properties = o, name, glance.Checksum(f.checksum),
		term.ParseProperties(f.properties, &bad)
	return s, errors.Join(append(bad, s.Validate())...)
}

func newPublishCommand(session *runs.Session) *cobra.Command {
	flags := change.Flags{FileFlag: "request"}
	var described publishFlags
	cmd := &cobra.Command{
		Use:   "publish NAME (--file FILE | --url ADDRESS) --disk-format FORMAT",
		Short: "Create an image from a file or address, and share it",
		Long: `Create an image from a file that the workers have, or from the data at an address, compare
it with its source, publish it and share it. Either all of that succeeds, or nothing of the
image is left.

The file is looked up below the folder that the workers were given with --image-dir. With
novaflow dev this is the folder images in its data folder. A run may take an hour unless
--deadline says more, which large images need.`,
		Example: `  novaflow image publish golden --file golden.qcow2 --disk-format qcow2
  novaflow image publish golden --url https://mirror.example/golden.raw --disk-format raw --deadline 4h
  novaflow image publish golden --file golden.raw --disk-format raw --member 3c0a8f1e --protected`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := change.ReadRequest(cmd, &flags, args, described.request)
			if err != nil {
				return err
			}
			return change.Run(cmd.Context(), session, &flags, change.Request{
				Resource: "image " + s.Name, Done: "published", ID: spec.ImageWorkflowID(s.Cloud, s.Name),
				Flow: publishFlow, Summary: fmt.Sprintf("publish image %s in %s", s.Name, s.Cloud), Spec: s,
			})
		},
	}
	described.add(cmd)
	flags.Add(cmd)
	flags.AddFile(cmd)
	return cmd
}

func aboutImage(im image.Image) (string, [][2]string) {
	protected := ""
	if im.Protected {
		protected = "yes"
	}
	return fmt.Sprintf("image %s is %s", im.Name, im.Status), [][2]string{
		{"id", im.ID}, {"size", term.Mebibytes(im.SizeBytes)}, {cmp.Or(im.HashAlgo, "hash"), im.Hash},
		{"visibility", im.Visibility},
		{"members", strings.Join(im.Members, ", ")}, {"protected", protected},
	}
}
