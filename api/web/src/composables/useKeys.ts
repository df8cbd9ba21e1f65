/** Keys of the desk, in layers: what opened last hears a key first. */
import { onScopeDispose } from "vue"

import { nameOf, ownsKey } from "@/logic/keys"

export type KeyTable = Record<string, (event: KeyboardEvent) => unknown>

interface Layer {
  keys: KeyTable
  /** Whether the layers beneath hear nothing at the moment, as under a dialog. */
  covers: () => boolean
  /** Whether this layer listens at the moment. */
  listens: () => boolean
}

const layers: Layer[] = []

function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const name = nameOf(event)
  const element = event.target instanceof HTMLElement ? event.target : document.body
  const focused = {
    tag: element.tagName,
    type: element.getAttribute("type") ?? "text",
    editable: element.isContentEditable,
    role: element.getAttribute("role"),
  }
  if (ownsKey(focused, name)) return
  for (const layer of layers.toReversed()) {
    if (!layer.listens()) continue
    const act = layer.keys[name]
    if (act) {
      event.preventDefault()
      act(event)
      return
    }
    if (layer.covers()) return
  }
}

window.addEventListener("keydown", onKeydown)

/** Listens for keys as long as the component lives. */
export function useKeys(
  keys: KeyTable,
  { covers = () => false, listens = () => true }: Partial<Omit<Layer, "keys">> = {},
): void {
  const layer: Layer = { keys, covers, listens }
  layers.push(layer)
  onScopeDispose(() => layers.splice(layers.indexOf(layer), 1))
}
