// Style sheet of the launcher, and the styles that it offers to apps (`smart_style_url`).

export const STYLE_SHEET = `:root { color-scheme: light; --ink: #1c2333; --muted: #525c70; --line: #d8dde7; --blue: #24508f; --soft: #e8eef8; font: 16px/1.5 "Segoe UI", system-ui, -apple-system, "Open Sans", sans-serif; color: var(--ink); background: #f3f5f9; }
* { box-sizing: border-box; }
body { margin: 0; }
.top { background: #1d3557; color: #fff; }
.top > div { max-width: 1040px; margin: 0 auto; padding: 10px 24px; min-height: 60px; display: flex; align-items: center; justify-content: space-between; gap: 12px; flex-wrap: wrap; }
.brand { color: #fff; font-weight: 650; font-size: 1.125rem; text-decoration: none; }
.who { display: flex; align-items: center; gap: 14px; }
main { max-width: 1040px; margin: 0 auto; padding: 28px 24px; }
.narrow { max-width: 560px; margin: 32px auto; background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 28px; }
h1 { font-size: 1.625rem; line-height: 1.25; margin: 0 0 8px; }
h2, legend { font-size: 1.0625rem; font-weight: 650; margin: 0 0 10px; padding: 0; }
p { margin: 0 0 16px; }
.muted, .count { color: var(--muted); font-weight: 400; }
.fault { color: #8f2318; overflow-wrap: anywhere; }
a { color: var(--blue); }
:focus-visible { outline: 3px solid #d97706; outline-offset: 2px; border-radius: 4px; }
button, .button { display: inline-flex; align-items: center; min-height: 44px; padding: 8px 20px; font: inherit; font-weight: 600; border: 1px solid var(--blue); border-radius: 8px; background: var(--blue); color: #fff; cursor: pointer; text-decoration: none; }
button:hover, .button:hover { background: #1b3f73; }
button.quiet { background: #fff; color: var(--blue); }
button.quiet:hover { background: var(--soft); }
.top button.quiet { background: transparent; border-color: #b9c6dc; color: #fff; min-height: 40px; padding: 4px 14px; }
.top button.quiet:hover { background: #2b4a78; }
input:not([type=radio], [type=checkbox]) { width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; border: 1px solid #8791a5; border-radius: 8px; background: #fff; }
.search { margin: 16px 0 28px; max-width: 560px; }
.search label, .field { display: block; font-weight: 600; margin-bottom: 6px; }
.line { display: flex; gap: 10px; }
section { margin-bottom: 28px; }
iframe.app { width: 100%; height: 75vh; border: 1px solid var(--line); border-radius: 10px; background: #fff; }
.people { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 10px; }
.people a { display: block; padding: 12px 16px; background: #fff; border: 1px solid var(--line); border-radius: 8px; text-decoration: none; color: var(--ink); height: 100%; }
.people a:hover { border-color: var(--blue); background: var(--soft); }
.name { display: block; font-weight: 600; }
.people .muted, .choice .muted { display: block; font-size: .9375rem; }
.banner { display: flex; justify-content: space-between; align-items: center; gap: 16px; background: #fff; border: 1px solid var(--line); border-left: 6px solid var(--blue); border-radius: 8px; padding: 16px 20px; margin-bottom: 20px; }
.banner h1, .banner p { margin: 0; }
.launch { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; align-items: start; }
.card { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 20px; margin: 0 0 20px; min-width: 0; }
.card legend { float: left; width: 100%; }
.card legend + * { clear: both; }
.choice { display: flex; gap: 12px; align-items: flex-start; padding: 10px 12px; border: 1px solid var(--line); border-radius: 8px; margin-bottom: 8px; cursor: pointer; }
.choice:has(:checked) { border-color: var(--blue); background: var(--soft); }
.choice input { width: 18px; height: 18px; margin: 3px 0 0; flex: none; accent-color: var(--blue); }
.field { margin-top: 14px; }
summary { cursor: pointer; padding: 8px 0 12px; color: var(--blue); font-weight: 600; }
.buttons { display: flex; gap: 12px; flex-wrap: wrap; }
@media (max-width: 700px) {
  main { padding: 20px 16px; }
  .top > div { padding: 8px 16px; }
  .launch { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .buttons button { flex: 1 1 100%; justify-content: center; }
  .narrow { margin: 0; padding: 20px; }
}
`

/** SMART App Launch 2.2, "smart_style_url": how the EHR looks, for apps that want to look alike. */
export const SMART_STYLE = {
  color_background: '#f3f5f9',
  color_error: '#8f2318',
  color_highlight: '#24508f',
  color_modal_backdrop: '#1c2333',
  color_success: '#1f6b45',
  color_text: '#1c2333',
  dim_border_radius: '8px',
  dim_font_size: '16px',
  dim_spacing_size: '20px',
  font_family_body: '"Segoe UI", system-ui, sans-serif',
  font_family_heading: '"Segoe UI", system-ui, sans-serif',
}
