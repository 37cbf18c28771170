// Package oidc lets people sign in at a provider of OpenID Connect.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"postern/media"
)

// Settings name a provider, and what its claims mean.
type Settings struct {
	Issuer, ClientID, ClientSecret string
	Label                          string // of the button; "": the host of the issuer
	NameClaim                      string // whose value names a user who is made
	AdminClaim, AdminValue         string // a claim that makes admins where it is, or holds, the value; "": none does
	Create                         bool   // users are made at their first sign-in; else an invitation is needed
}

// Provider is safe for concurrent use. It asks the provider for nothing before
// somebody wants to sign in, so that a server starts without it.
type Provider struct {
	Settings
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider // nil until it has answered
}

// New returns the provider that the settings name.
func New(s Settings) *Provider {
	return &Provider{Settings: s, client: &http.Client{Timeout: 10 * time.Second}}
}

// ErrRefused reports a sign-in that the provider has refused or that was not begun
// here.
var ErrRefused = errors.New("the provider did not sign in")

// ErrUnreachable reports a provider that does not answer as one does.
var ErrUnreachable = errors.New("the provider does not answer")

// Attempt is a sign-in under way. The browser keeps it until the provider sends it
// back.
type Attempt struct {
	State, Nonce, Verifier string
	Back                   string // where to go afterwards
	Invitation             string // token of one that was opened; "" for none
}

// Person is who has signed in.
type Person struct {
	media.Identity
	Name, DisplayName string
	Admin             bool
}

// Begin returns an attempt, and the URL to send the browser to. The provider sends
// it back to redirect.
func (p *Provider) Begin(ctx context.Context, redirect string) (Attempt, string, error) {
	config, err := p.config(ctx, redirect)
	if err != nil {
		return Attempt{}, "", err
	}
	a := Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	return a, config.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), nil
}

// Finish returns who has signed in with an attempt, by the state and the code that
// came with the browser. The error wraps ErrRefused or ErrUnreachable.
func (p *Provider) Finish(ctx context.Context, a Attempt, redirect, state, code string) (Person, error) {
	if a.State == "" || code == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) != 1 {
		return Person{}, fmt.Errorf("%w: another attempt, or none", ErrRefused)
	}
	config, err := p.config(ctx, redirect)
	if err != nil {
		return Person{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	text, _ := token.Extra("id_token").(string)
	id, err := p.found.Verifier(&oidc.Config{ClientID: p.ClientID}).Verify(ctx, text)
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) != 1 {
		return Person{}, fmt.Errorf("%w: a token of another attempt", ErrRefused)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	who := Person{Identity: media.Identity{Issuer: id.Issuer, Subject: id.Subject}, Admin: p.isAdmin(claims)}
	who.Name, _ = claims[p.NameClaim].(string)
	who.DisplayName, _ = claims["name"].(string)
	return who, nil
}

// isAdmin reports whether the claim for admins is the value, or a list with it.
func (p *Provider) isAdmin(claims map[string]any) bool {
	if p.AdminClaim == "" {
		return false
	}
	switch v := claims[p.AdminClaim].(type) {
	case []any:
		return slices.Contains(v, any(p.AdminValue))
	case nil:
		return false
	default:
		return fmt.Sprint(v) == p.AdminValue
	}
}

// config is that of the provider, which is asked for it once.
func (p *Provider) config(ctx context.Context, redirect string) (*oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		p.found = found
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.found.Endpoint(), RedirectURL: redirect,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", "groups"},
	}, nil
}
