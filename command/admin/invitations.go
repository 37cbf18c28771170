package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/setup"
)

// invitationRow is an open invitation as user invitations prints it. A limit of null means
// that the settings decide, one of -1 that there is none.
type invitationRow struct {
	ID        int64     `json:"id"`
	Role      string    `json:"role"`
	Uses      int       `json:"uses"` // that are left
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	MaxBytes  *int64    `json:"max_bytes"`
	MaxItems  *int64    `json:"max_items"`
	MaxDaily  *int64    `json:"max_daily"`
}

func (a *app) userInvitations() *cobra.Command {
	return a.Listing(&cobra.Command{
		Use: "invitations", Short: "List invitations that can still be used", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				open, err := openInvitations(cmd.Context(), db)
				if err != nil {
					return err
				}
				var rows []invitationRow
				for _, i := range open {
					rows = append(rows, invitationRow{
						i.ID, roleOf(media.User{Admin: i.Admin, Moderator: i.Moderator}), i.Uses, i.CreatedAt.UTC(), i.ExpiresAt.UTC(),
						limitOf(i.Quota.Bytes), limitOf(i.Quota.Items), limitOf(i.Quota.Daily),
					})
				}
				return console.PrintList(a.Program, rows, "ID\tROLE\tUSES\tCREATED\tEXPIRES\tMAX BYTES\tMAX ITEMS\tMAX DAILY", func(r invitationRow) []any {
					return []any{r.ID, r.Role, r.Uses, console.DateOrDash(r.CreatedAt), console.DateOrDash(r.ExpiresAt),
						limitText(r.MaxBytes), limitText(r.MaxItems), limitText(r.MaxDaily)}
				})
			})
		},
	})
}

func openInvitations(ctx context.Context, db *setup.Database) ([]media.Invitation, error) {
	all, err := db.Invitations(ctx)
	now := time.Now()
	return slices.DeleteFunc(all, func(i media.Invitation) bool { return !i.Open(now) }), err
}

func (a *app) userUninvite() *cobra.Command {
	return &cobra.Command{
		Use: "uninvite ID", Short: "End an invitation; its link works no more", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%q is not the ID of an invitation (postern user invitations)", args[0])
			}
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				open, err := openInvitations(cmd.Context(), db)
				if err != nil {
					return err
				}
				if !slices.ContainsFunc(open, func(i media.Invitation) bool { return i.ID == id }) {
					return fmt.Errorf("there is no open invitation %d (postern user invitations)", id)
				}
				return db.DeleteInvitation(cmd.Context(), id)
			})
		},
	}
}
