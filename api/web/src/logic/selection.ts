/** Which case comes next. */

interface Identified {
  id: string
}

/**
 * The id `by` places from the selected one, staying inside the list. If the selected one is no
 * longer listed, as after a verdict, the place where it was, `lastIndex`, counts.
 */
export function neighbour(
  items: readonly Identified[],
  id: string | null,
  lastIndex: number,
  by: number,
): string | null {
  if (!items.length) return null
  const at = items.findIndex((item) => item.id === id)
  const from = at >= 0 ? at + by : by > 0 ? lastIndex : lastIndex - 1
  return items[Math.min(Math.max(0, from), items.length - 1)]?.id ?? null
}

/** What to look at after a verdict on `id`: the next open case, else the one before, else none. */
export function nextOpen(
  items: readonly (Identified & { status: string })[],
  id: string,
): string | null {
  const at = items.findIndex((item) => item.id === id)
  const isNext = (item: Identified & { status: string }) => item.status === "lead" && item.id !== id
  return (items.slice(at + 1).find(isNext) ?? items.slice(0, Math.max(0, at)).findLast(isNext))?.id ?? null
}
