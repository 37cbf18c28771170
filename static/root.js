// Where this site is: its path on the host, without a slash at the end, and the
// name under which this browser keeps its list of own uploads, one for each site.
export const root = document.documentElement.dataset.root ?? ''
export const storeName = `postern.uploads${root}`
