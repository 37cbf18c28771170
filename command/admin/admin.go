// Package admin has the commands for what admins do: users, keys, items, albums,
// categories, moderation, bans, the audit log and figures.
package admin

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"postern/command/console"
)

// app gives the run of the program to the methods that make and carry out commands.
type app struct{ *console.Program }

// Commands returns the commands of this package, in the order of the program's help.
func Commands(p *console.Program) []*cobra.Command {
	a := &app{p}
	return []*cobra.Command{
		a.userCommand(), a.keyCommand(), a.itemCommand(), a.albumCommand(), a.categoryCommand(),
		a.moderateCommand(), a.banCommand(), a.unbanCommand(), a.bansCommand(), a.auditCommand(), a.statsCommand(),
	}
}

// confirm asks a question that only "y" or "yes" answers with yes.
func (a *app) confirm(question string) bool {
	fmt.Fprintf(a.Stdout, "%s [y/N] ", question)
	var answer string
	_, err := fmt.Fscanln(a.Stdin, &answer)
	answer = strings.ToLower(answer)
	return err == nil && (answer == "y" || answer == "yes")
}
