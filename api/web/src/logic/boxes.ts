/** The detection box at a moment, from the sparse boxes of a packet. */
import type { Box, Medium, Point } from "@/api/types"

/**
 * The box in force at `t_s`: the last one not after it. Before the first there is none yet:
 * the object has not come. `boxes` are in the order of time.
 */
export function boxAt(boxes: readonly (readonly [number, Box])[], t_s: number): Box | null {
  let low = 0
  let high = boxes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (boxes[middle]![0] <= t_s) low = middle + 1
    else high = middle
  }
  return low ? boxes[low - 1]![1] : null
}

/** A polygon of fractions as SVG points in source pixels. */
export function svgPoints(polygon: readonly Point[], [width, height]: readonly number[]): string {
  return polygon.map(([x, y]) => `${x * (width ?? 1)},${y * (height ?? 1)}`).join(" ")
}

/** What to show for each clip: its viewing copy, which browsers can play, if there is one. */
export function shownCopy(media: readonly Medium[], original: Medium): Medium {
  return media.find((medium) => medium.viewing_copy_of === original.name) ?? original
}
