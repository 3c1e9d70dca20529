// A name as somebody might choose it who wants to break the page: markup, marks that turn text around, and no end to it.
export const HOSTILE_NAME = '"><script>alert(1)</script>\u202e<img src=x onerror=alert(2)>&\u0000' + 'x'.repeat(10_000)
