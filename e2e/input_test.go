package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What people do in a browser: click, type, choose and drop.

// still is the middle of an element that stands still and is covered by
// nothing, or null; it scrolls to it first.
const still = `(async () => {
	const element = document.querySelector(%q)
	if (!element?.checkVisibility()) return null
	element.scrollIntoView({ block: 'nearest', behavior: 'instant' })
	const place = async () => {
		for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
		const box = element.getBoundingClientRect()
		return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
	}
	const { x, y } = await place()
	const now = await place()
	const hit = document.elementFromPoint(x, y)
	if (x !== now.x || y !== now.y || !element.contains(hit) && !hit?.contains(element)) return null
	window.clicked = false
	element.addEventListener('click', () => { window.clicked = true }, { once: true, capture: true })
	return { x, y }
})()`

// click clicks the first element that a selector finds, once it can be hit,
// and again should it have moved away just then.
func (b *tab) click(selector string) {
	b.t.Helper()
	if b.noScripts {
		b.wait(fmt.Sprintf("document.querySelector(%q)?.checkVisibility()", selector))
		b.run(chromedp.Click(chromedp.CSS(selector)))
		return
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		at := askAgain[*struct{ X, Y float64 }](b, fmt.Sprintf(still, selector))
		if at == nil {
			continue
		}
		b.run(chromedp.MouseClickXY(at.X, at.Y))
		// On the page that a click leads to there is no such variable.
		if askAgain[bool](b, "window.clicked !== false") {
			return
		}
		b.t.Logf("%s moved away", selector)
	}
	b.screenshot("failed")
	b.t.Fatalf("%s cannot be clicked; the page says:\n%s", selector, ask[string](b, "document.body.innerText"))
}

// fill clicks on an input and types.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.click(selector)
	b.run(chromedp.KeyEvent(text))
}

// keys are what press knows.
var keys = map[string]input.DispatchKeyEventParams{
	"Enter": {Code: "Enter", WindowsVirtualKeyCode: 13, Text: "\r"},
	"Tab":   {Code: "Tab", WindowsVirtualKeyCode: 9},
	// Without its code, scripts hear it and the browser closes no dialog.
	"Escape": {Code: "Escape", WindowsVirtualKeyCode: 27},
	"Space":  {Code: "Space", Key: " ", WindowsVirtualKeyCode: 32, Text: " "},
	"Paste":  {Code: "KeyV", Key: "v", WindowsVirtualKeyCode: 86, Modifiers: int64(kb.ModifierCtrl), Commands: []string{"paste"}},
}

// press presses a key and lets it go.
func (b *tab) press(name string) {
	b.t.Helper()
	key := keys[name]
	if key.Key == "" {
		key.Key = name
	}
	key.Type = input.DispatchKeyEventTypeRawKeyDown
	if key.Text != "" {
		key.Type = input.DispatchKeyEventTypeKeyDown
	}
	call(b, input.DispatchKeyEvent, key)
	key.Type, key.Text, key.Commands = input.DispatchKeyEventTypeKeyUp, "", nil
	call(b, input.DispatchKeyEvent, key)
}

// choose gives files to a file input.
func (b *tab) choose(selector string, files ...string) {
	b.t.Helper()
	b.run(chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// drop drags files, or items, over the middle of the page and lets them go.
func (b *tab) drop(data *input.DragData) {
	b.t.Helper()
	if data.Items == nil {
		data.Items = []*input.DragDataItem{}
	}
	data.DragOperationsMask = 1
	for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		call(b, input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: 300, Y: 300, Data: data})
	}
}

// pictureFile writes a small JPEG with bytes of its own, and returns its path.
func pictureFile(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, picture(t, name), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// paddedFile writes a JPEG of so many bytes, most of them behind the picture,
// and returns its path.
func paddedFile(t *testing.T, name string, size int) string {
	t.Helper()
	data := picture(t, name)
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, append(data, make([]byte, size-len(data))...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
