package image

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/glance"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// shownImage is the document of an image.
type shownImage struct {
	row
	Created  time.Time `json:"created"`
	HashAlgo string    `json:"hashAlgo,omitempty"`
	Hash     string    `json:"hash,omitempty"`
	Mark     string    `json:"mark,omitempty"`
}

func newShowCommand(out io.Writer) *cobra.Command {
	return clouds.LookCommand(&cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show an image and the run that created it",
		Long: `Show an image of the project as the cloud has it, and the run that created it. The cloud
is asked directly: no engine and no worker is needed.`,
		Example: "  novaflow image show golden",
		Args:    cobra.ExactArgs(1),
	}, clouds.CompleteImages, func(ctx context.Context, access *activities.Clouds, cloud string, args []string,
		form term.Format) error {
		found, err := glance.FindImages(ctx, access, cloud, args[0])
		if err != nil {
			return err
		}
		docs := make([]shownImage, len(found))
		for i, im := range found {
			docs[i] = shownImage{newRow(im), im.Created, im.HashAlgo, im.Hash, string(im.Mark)}
		}
		return clouds.PrintNamed(out, "image", args[0], cloud, docs, form, printImage)
	})
}

func printImage(out io.Writer, d shownImage) error {
	created, protected := "not by novaflow", "no"
	if d.Run != "" {
		created = "run id " + d.Run
	}
	if d.Protected {
		protected = "yes"
	}
	if _, err := fmt.Fprintf(out, "image %s is %s\n", cmp.Or(d.Name, d.ID), d.Status); err != nil {
		return err
	}
	return term.PrintFields(out, [][2]string{
		{"id", d.ID}, {"created", term.Clock(d.Created)}, {"size", term.Mebibytes(d.Size)},
		{cmp.Or(d.HashAlgo, "hash"), d.Hash}, {"visibility", d.Visibility}, {"protected", protected},
		{"created by", created}, {"mark", d.Mark},
	})
}
