package admin

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/setup"
)

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
	cmd := a.Listing(&cobra.Command{
		Use: "audit", Short: "Print what admins and commands have changed, latest first", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Limit < 1 {
				return errors.New("--limit: must be 1 or more")
			}
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				entries, err := db.Audit(cmd.Context(), q)
				if err != nil {
					return err
				}
				var rows []auditRow
				for _, e := range entries {
					rows = append(rows, auditRow{e.ID, e.At.UTC(), e.By, e.UserID == 0, e.Action, e.Subject, e.Detail})
				}
				return console.PrintList(a.Program, rows, "WHEN\tWHO\tWHAT\tON\tDETAIL", func(r auditRow) []any {
					who := r.By
					if r.Shell {
						who += " (shell)"
					}
					return []any{console.DateOrDash(r.At), who, r.Action, r.Subject, r.Detail}
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
