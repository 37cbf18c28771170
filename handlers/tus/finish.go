package tus

import (
	"context"
	"errors"
	"fmt"

	"github.com/tus/tusd/v2/pkg/handler"

	"postern/media"
)

// whole is called by tusd, which has the upload's lock, when all bytes are there.
func (s *Server) whole(event handler.HookEvent) (handler.HTTPResponse, error) {
	e := exchangeOf(event.Context)
	if err := s.finish(event.Context, e); err != nil {
		return handler.HTTPResponse{}, e.fail(err)
	}
	return handler.HTTPResponse{}, nil
}

// settle makes an item of an upload that is whole, unless it is one.
func (s *Server) settle(e *exchange) error {
	ctx := e.c.Request().Context()
	unlock, err := s.store.lock(ctx, e.record.ID)
	if err != nil {
		return err
	}
	defer unlock()
	// Another request may have done it meanwhile.
	if e.record, err = s.store.load(e.record.ID); err != nil {
		return noUpload(err)
	}
	return s.finish(ctx, e)
}

// finish sends the bytes on the way of every upload. It needs the upload's lock. An
// upload that cannot become an item is removed; one that may do so later stays.
//
// It happens once, whatever a crash cuts off: the ID of the item is noted before the
// item is made, and looked up when the upload is found again.
func (s *Server) finish(ctx context.Context, e *exchange) (err error) {
	rec := e.record
	for _, id := range []string{rec.Item, rec.Staged} {
		if id == "" {
			continue
		}
		it, err := s.Library.Item(ctx, media.Viewer{Caller: e.caller}, id)
		if err == nil {
			return s.became(e, &it)
		}
		if !missing(err) || errors.Is(err, media.ErrGone) || id == rec.Item {
			return err
		}
	}
	added, err := s.add(ctx, e)
	if err != nil {
		if !s.passes(err) {
			s.store.remove(rec.ID)
		}
		return err
	}
	return s.became(e, added)
}

// became notes which item an upload is now.
func (s *Server) became(e *exchange, it *media.Item) error {
	e.item = it
	if e.record.done() {
		return nil
	}
	e.record.Item, e.record.Staged = it.ID, ""
	return s.store.finish(e.record)
}

func (s *Server) add(ctx context.Context, e *exchange) (*media.Item, error) {
	rec := e.record
	form, err := newForm(rec.Metadata)
	if err != nil {
		return nil, err
	}
	f, err := s.store.root.Open(rec.ID + bytesSuffix)
	if err != nil {
		return nil, fmt.Errorf("finish upload: %w", err)
	}
	defer f.Close()
	staged, err := s.Library.Staging.Spool(ctx, f, s.Library.Policy().MaxFile)
	if err != nil {
		return nil, err
	}
	form.SetStaged(staged)
	defer form.Abort()
	rec.Staged = staged.ID()
	if err := s.store.save(rec); err != nil {
		return nil, err
	}
	added, err := s.intake.Add(e.c, e.caller, form)
	return added.Item, err
}
