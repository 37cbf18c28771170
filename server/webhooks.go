package server

import (
	"log/slog"
	"time"

	"postern/config"
	"postern/media/fetch"
	"postern/media/webhook"
	"postern/setup"
)

// webhookTimeout bounds one try to send a webhook.
const webhookTimeout = 15 * time.Second

// newWebhooks returns nil when nobody is to be told of anything.
func newWebhooks(c config.Config, db *setup.Database, log *slog.Logger) (*webhook.Sender, error) {
	var targets []webhook.Target
	if c.Webhook.URL != "" {
		targets = append(targets, webhook.Target{Name: "url", URL: c.Webhook.URL, Secret: c.Webhook.Secret, Format: webhook.JSON})
	}
	if c.Webhook.DiscordURL != "" {
		targets = append(targets, webhook.Target{Name: "discord", URL: c.Webhook.DiscordURL, Format: webhook.Discord})
	}
	if len(targets) == 0 {
		return nil, nil
	}
	allow, ports, err := c.WebhookSources()
	if err != nil {
		return nil, err
	}
	client := fetch.New(fetch.Config{Allow: allow, Ports: ports, MaxRedirects: -1, Timeout: webhookTimeout})
	return webhook.New(db, client, targets, c.Webhook.Events, db.Now, log), nil
}
