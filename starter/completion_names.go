package main

import (
	"context"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/glance"
	"novaflow/activities/keystone"
	"novaflow/activities/nova"
	"novaflow/activities/nova/hosts"
)

// completeListed completes the names that a list of a cloud has.
func completeListed(cloud *cloudFlags, list func(context.Context, *activities.Clouds, string) ([]string, error)) completer {
	return fromCloud(cloud, list)
}

func completeImageNames(cloud *cloudFlags) completer {
	return completeListed(cloud, glance.ListImageNames)
}

func completeFlavors(cloud *cloudFlags) completer {
	return completeListed(cloud, nova.ListFlavorNames)
}

func completeHosts(cloud *cloudFlags) completer {
	return completeListed(cloud, hosts.ListHostNames)
}

func completeProjects(cloud *cloudFlags) completer {
	return completeListed(cloud, keystone.ListProjectNames)
}

// completeGiven completes those of some flags that a command has.
func completeGiven(cmd *cobra.Command, with map[string]completer) {
	for flag, c := range with {
		if cmd.Flags().Lookup(flag) != nil {
			complete(cmd, flag, c)
		}
	}
}

// secondWord completes the second argument, and leaves the first to another.
func secondWord(first, second completer) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return second(cmd, nil, typed)
		}
		return first(cmd, args, typed)
	}
}

// noFiles keeps the shell from offering the files of this folder where a command takes
// a name, but for those that do take a file.
func noFiles(cmd *cobra.Command) {
	if cmd.Runnable() && cmd.ValidArgsFunction == nil && cmd.Annotations[takesFile] == "" {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, c := range cmd.Commands() {
		noFiles(c)
	}
}

// takesFile is the annotation of commands whose argument is a file.
const takesFile = "novaflow-takes-file"
