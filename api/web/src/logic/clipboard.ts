/** Puts text on the clipboard; over plain HTTP browsers offer only the old way. */
export async function copyText(text: string): Promise<void> {
  // Absent, whatever the types say, where the page is not a secure context.
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (clipboard) return clipboard.writeText(text)
  const field = document.createElement("textarea")
  field.value = text
  document.body.append(field)
  field.select()
  document.execCommand("copy")
  field.remove()
}
