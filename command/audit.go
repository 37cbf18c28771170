package command

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"postern/config"
	"postern/media"
	"postern/setup"
)

// unaudited are commands that change nothing that others own, or that run before there
// is a log.
var unaudited = map[string]bool{
	"serve": true, "migrate": true, "health": true, "upload": true,
	"migrate-db": true, // after which both databases are the same
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

// auditRow is an entry as audit prints it.
type auditRow struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Shell   bool      `json:"shell"` // a command made it
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail"`
}

func (a *app) auditCommand() *cobra.Command {
	var q media.AuditQuery
	cmd := a.listing(&cobra.Command{
		Use: "audit", Short: "Print what admins and commands have changed, latest first", Args: words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				entries, err := db.Audit(cmd.Context(), q)
				if err != nil {
					return err
				}
				var rows []auditRow
				for _, e := range entries {
					rows = append(rows, auditRow{e.ID, e.At.UTC(), e.By, e.UserID == 0, e.Action, e.Subject, e.Detail})
				}
				return printList(a, rows, "WHEN\tWHO\tWHAT\tON\tDETAIL", func(r auditRow) string {
					who := r.By
					if r.Shell {
						who += " (shell)"
					}
					return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", dateOrDash(r.At), who, r.Action, r.Subject, r.Detail)
				})
			})
		},
	})
	cmd.Flags().IntVar(&q.Limit, "limit", 100, "how many entries")
	cmd.Flags().StringVar(&q.By, "by", "", "only changes by this person")
	cmd.Flags().StringVar(&q.Subject, "on", "", "only changes of this user, item or other subject")
	cmd.Flags().StringVar(&q.Kind, "kind", "", "only changes of one kind: user, key, item, ban, category, ...")
	return cmd
}
