/** From key presses to what they mean, pure so that it can be tested. */

export interface Press {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

/** What a press is called in a table of keys: "j", "?", " ", "Escape", "ctrl+Enter". */
export function nameOf({ key, ctrlKey, metaKey, altKey }: Press): string {
  const name = key.length === 1 ? key.toLowerCase() : key
  return `${ctrlKey || metaKey ? "ctrl+" : ""}${altKey ? "alt+" : ""}${name}`
}

const PRESSED_ROLES = new Set(["button", "menuitem", "option"])
const TYPED_IN = new Set(["text", "search", "password", "number", "url", "email", "tel"])

/** What has the focus, as far as keys go. */
export interface Focused {
  tag: string
  type?: string
  editable?: boolean
  role?: string | null
}

/** Whether what has the focus needs the key itself: letters in a field, space on a button. */
export function ownsKey({ tag, type = "text", editable = false, role = null }: Focused, name: string) {
  if (name === "Escape" || name.startsWith("ctrl+")) return false
  if (editable || tag === "TEXTAREA" || tag === "SELECT" || role === "combobox") return true
  if (tag === "INPUT" && TYPED_IN.has(type)) return true
  if (tag === "INPUT" && type === "range") return name.startsWith("Arrow")
  const presses =
    ["BUTTON", "A", "INPUT", "SUMMARY"].includes(tag) || PRESSED_ROLES.has(role ?? "")
  return presses && (name === " " || name === "Enter")
}
