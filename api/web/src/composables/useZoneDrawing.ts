/** Draws and changes polygons with the mouse over a picture; points are fractions of it. */
import { type Ref, ref } from "vue"

import type { Point } from "@/api/types"
import { FEWEST, inside, movedPoint, withoutPoint, withPoint } from "@/logic/polygon"

interface Edited {
  /** The polygon that is chosen, if any. */
  polygon: () => Point[] | null
  change: (polygon: Point[]) => void
  finish: (polygon: Point[]) => void
}

export function useZoneDrawing(svg: Ref<SVGSVGElement | null>, { polygon, change, finish }: Edited) {
  /** The corners so far of a polygon that is being drawn. */
  const draft = ref<Point[] | null>(null)
  const pointer = ref<Point | null>(null)
  const dragged = ref<number | null>(null)
  const chosen = ref<number | null>(null)

  function at(event: MouseEvent): Point {
    const { left, top, width, height } = svg.value!.getBoundingClientRect()
    return inside([(event.clientX - left) / width, (event.clientY - top) / height])
  }

  function start(): void {
    draft.value = []
    chosen.value = null
  }

  function cancel(): void {
    draft.value = null
  }

  function complete(): void {
    if (!draft.value || draft.value.length < FEWEST) return
    finish(draft.value)
    draft.value = null
  }

  function addCorner(event: MouseEvent): void {
    // The second click of a double click would set the same corner twice.
    if (event.detail <= 1) draft.value?.push(at(event))
  }

  function backOne(): void {
    draft.value?.pop()
  }

  function grab(event: PointerEvent, index: number): void {
    dragged.value = chosen.value = index
    // The handle itself keeps the pointer, so that clicks on it stay its own.
    if (event.target instanceof Element) event.target.setPointerCapture(event.pointerId)
  }

  /** Makes a corner of the middle of an edge, and takes hold of it. */
  function split(event: PointerEvent, after: number): void {
    const points = polygon()
    if (!points) return
    change(withPoint(points, after, at(event)))
    grab(event, after + 1)
  }

  function move(event: PointerEvent): void {
    pointer.value = draft.value ? at(event) : null
    const points = polygon()
    if (dragged.value !== null && points) change(movedPoint(points, dragged.value, at(event)))
  }

  function release(): void {
    dragged.value = null
  }

  function remove(index: number | null = chosen.value): void {
    const points = polygon()
    if (index === null || !points) return
    change(withoutPoint(points, index))
    chosen.value = null
  }

  return {
    ...{ draft, pointer, chosen, start, cancel, complete, addCorner, backOne },
    ...{ grab, split, move, release, remove },
  }
}
