package main

import "novaflow/workflows"

// residueDeleteFlow is the flow that these commands start.
var residueDeleteFlow = newFlow(workflows.ResidueDeleteName, workflows.ResidueDeleteKind, aboutDeleted)

// verifyFlows lists them for the reports of runs.
var verifyFlows = []flow{residueDeleteFlow}
