package frame

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"postern/media/sandbox"
)

// plugins is GStreamer's list of its plugins. It is written once, by a run that
// gets nothing from strangers; all others only read it, since what it says is
// loaded and run.
type plugins struct {
	once sync.Once
	err  error
}

// withPlugins lets a job of GStreamer find its plugins.
func (l *DecoderChain) withPlugins(ctx context.Context, path string, task *sandbox.Job) error {
	list := filepath.Join(l.options.Dir, "plugins")
	l.plugins.once.Do(func() { l.plugins.err = l.listPlugins(path, list) })
	if l.plugins.err != nil {
		return l.plugins.err
	}
	task.Env = append(task.Env, "GST_REGISTRY="+list, "GST_REGISTRY_UPDATE=no")
	task.ReadPaths = append(task.ReadPaths, list)
	return ctx.Err()
}

// listPlugins does not depend on a request, which could end before it.
func (l *DecoderChain) listPlugins(path, list string) error {
	w, err := l.newWorkplace("plugins", nil)
	if err != nil {
		return err
	}
	defer w.remove()
	written := w.path("plugins")
	_, err = sandbox.Run(l.background, sandbox.Job{
		Path: path, Args: []string{"--quiet", "fakesrc", "num-buffers=1", "!", "fakesink"}, Dir: w.dir,
		Env: []string{"LC_ALL=C", "GST_REGISTRY=" + written, "GST_REGISTRY_FORK=no"}, WritePaths: []string{w.dir},
		Output: 64 << 20, Memory: 2 << 30, Time: time.Minute,
	})
	if err != nil {
		return err
	}
	return os.Rename(written, list)
}
