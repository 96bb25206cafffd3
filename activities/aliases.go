package activities

// UndoOptions are those of every undo of this package, for runs that take back
// other runs: see saga.RegisterRevert.
var UndoOptions = DeleteOptions
