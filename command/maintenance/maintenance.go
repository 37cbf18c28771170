// Package maintenance has the commands that work on all files and records at once:
// check, backup, import, export, and the moves to another schema, database or store.
package maintenance

import (
	"github.com/spf13/cobra"

	"postern/command/console"
)

// app gives the run of the program to the methods that make and carry out commands.
type app struct{ *console.Program }

// Commands returns the commands of this package, in the order of the program's help.
func Commands(p *console.Program) []*cobra.Command {
	a := &app{p}
	return []*cobra.Command{
		a.checkCommand(), a.backupCommand(), a.importCommand(), a.exportCommand(),
		a.migrateCommand(), a.migrateStoreCommand(), a.migrateDBCommand(),
	}
}
