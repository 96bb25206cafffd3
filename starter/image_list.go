package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// imageRow is an image with the run that made it.
type imageRow struct {
	Name       string `json:"name"`
	ID         string `json:"id"`
	Status     string `json:"status"`
	Size       int64  `json:"sizeBytes"` // 0 until it is active
	Visibility string `json:"visibility"`
	Protected  bool   `json:"protected"`
	Run        string `json:"runId,omitempty"` // "" if novaflow did not make it
}

func newImageRow(im activities.Image) imageRow {
	return imageRow{im.Name, im.ID, im.Status, im.SizeBytes, im.Visibility, im.Protected, im.Mark.Run()}
}

func imageListCommand(out io.Writer) *cobra.Command {
	var all bool
	cmd := clouds.LookCommand(&cobra.Command{
		Use:   "list",
		Short: "List the images that novaflow made",
		Long: `List the images of the project that novaflow made, of files and of servers, as the mark
in each of them tells. The cloud is asked directly: no engine and no worker is needed.`,
		Example: "  novaflow image list --all -o json",
		Args:    cobra.NoArgs,
	}, nil, func(ctx context.Context, access *activities.Clouds, cloud string, _ []string, form term.Format) error {
		found, err := access.ProjectImages(ctx, cloud)
		if err != nil {
			return err
		}
		rows := []imageRow{}
		for _, im := range found {
			if im.Mark != "" || all {
				rows = append(rows, newImageRow(im))
			}
		}
		return printImages(out, rows, form)
	})
	cmd.Flags().BoolVar(&all, "all", false, "also images that novaflow did not make")
	return cmd
}

func printImages(out io.Writer, rows []imageRow, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"NAME", "STATUS", "SIZE", "VISIBILITY", "ID", "RUN"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Status, term.Mebibytes(r.Size), r.Visibility, r.ID, r.Run})
	}
	return term.PrintTable(out, table)
}

// shownImage is the document of an image.
type shownImage struct {
	imageRow
	Created  time.Time `json:"created"`
	HashAlgo string    `json:"hashAlgo,omitempty"`
	Hash     string    `json:"hash,omitempty"`
	Mark     string    `json:"mark,omitempty"`
}

func imageShowCommand(out io.Writer) *cobra.Command {
	return clouds.LookCommand(&cobra.Command{
		Use:   "show NAME|ID",
		Short: "Show an image and the run that made it",
		Long: `Show an image of the project as the cloud has it, and the run that made it. The cloud
is asked directly: no engine and no worker is needed.`,
		Example: "  novaflow image show golden",
		Args:    cobra.ExactArgs(1),
	}, clouds.CompleteImages, func(ctx context.Context, access *activities.Clouds, cloud string, args []string, form term.Format) error {
		found, err := access.ProjectImage(ctx, cloud, args[0])
		if err != nil {
			return err
		}
		docs := make([]shownImage, len(found))
		for i, im := range found {
			docs[i] = shownImage{newImageRow(im), im.Created, im.HashAlgo, im.Hash, string(im.Mark)}
		}
		return clouds.PrintNamed(out, "image", args[0], cloud, docs, form, printImage)
	})
}

func printImage(out io.Writer, d shownImage) error {
	made, protected := "not by novaflow", "no"
	if d.Run != "" {
		made = "run id " + d.Run
	}
	if d.Protected {
		protected = "yes"
	}
	if _, err := fmt.Fprintf(out, "image %s is %s\n", cmp.Or(d.Name, d.ID), d.Status); err != nil {
		return err
	}
	return term.PrintFields(out, [][2]string{
		{"id", d.ID}, {"created", term.Clock(d.Created)}, {"size", term.Mebibytes(d.Size)}, {cmp.Or(d.HashAlgo, "hash"), d.Hash}, {"visibility", d.Visibility}, {"protected", protected},
		{"made by", made}, {"mark", d.Mark},
	})
}
