package command

import (
	"cmp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"postern/media"
)

// unaudited are commands that change nothing that others own, or that run before there
// is a log.
var unaudited = map[string]bool{
	"serve": true, "migrate": true, "health": true, "upload": true,
	"migrate-db": true, // after which both databases are the same
	"backup":     true, // it changes its copy
}

// actions are the names of changes in the audit log where the words of the command are
// not.
var actions = map[string]string{
	"ban": "ban.add", "unban": "ban.remove", "moderate": "item.moderate", "check": "check.repair",
}

// withAudit makes a command leave an entry in the audit log if it changes anything.
func (a *app) withAudit(cmd *cobra.Command, args []string) {
	words := strings.TrimPrefix(cmd.CommandPath(), "postern ")
	if unaudited[words] {
		return
	}
	action := actions[words]
	if action == "" {
		action = strings.ReplaceAll(words, " ", ".")
	}
	e := media.AuditEntry{At: time.Now(), By: a.person(), Action: action}
	rest := args
	if len(args) > 0 {
		e.Subject, rest = args[0], args[1:]
	}
	detail := strings.Join(rest, " ")
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch {
		case f.Name == "value" || f.Name == "json" || f.Name == "yes" || f.Name == "password-file" || cmd.InheritedFlags().Lookup(f.Name) != nil:
		case f.Name == "user" && e.Subject == "":
			e.Subject = f.Value.String()
		case f.Value.Type() == "bool":
			detail += " --" + f.Name
		default:
			detail += " --" + f.Name + " " + f.Value.String()
		}
	})
	e.Detail = strings.TrimSpace(detail)
	cmd.SetContext(media.WithAudit(cmd.Context(), e))
}

// person is who sits at the shell, as far as the system tells.
func (a *app) person() string {
	return cmp.Or(a.Getenv("SUDO_USER"), a.Getenv("USER"), a.Getenv("LOGNAME"), "shell")
}
