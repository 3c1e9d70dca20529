// What the launcher looks like, and the styles that it offers to apps (`smart_style_url`).

import { readFileSync } from 'node:fs'

export const STYLE_SHEET = readFileSync(new URL('./style.css', import.meta.url), 'utf8')

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
