"""The commands of `penstock`: options and help here, the work in the modules that each imports when it is called."""
