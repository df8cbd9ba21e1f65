import { describe, expect, it } from "vitest"

import type { Box, Medium } from "@/api/types"
import { boxAt, shownCopy, svgPoints } from "./boxes"

const A: Box = [0, 0, 10, 10]
const B: Box = [5, 5, 15, 15]
const BOXES: [number, Box][] = [
  [100, A],
  [103, B],
]

describe("boxAt", () => {
  it("shows nothing before the object came", () => expect(boxAt(BOXES, 99.9)).toBeNull())
  it("holds the earlier box until the next", () => {
    expect(boxAt(BOXES, 100)).toBe(A)
    expect(boxAt(BOXES, 102.999)).toBe(A)
    expect(boxAt(BOXES, 103)).toBe(B)
  })
  it("holds the last one for ever", () => expect(boxAt(BOXES, 9e9)).toBe(B))
  it("needs no boxes", () => expect(boxAt([], 1)).toBeNull())
})

it("scales a polygon to the picture", () => {
  const polygon: [number, number][] = [
    [0, 0.5],
    [1, 1],
  ]
  expect(svgPoints(polygon, [200, 100])).toBe("0,50 200,100")
})

it("prefers the viewing copy of a clip", () => {
  const medium = (name: string, of: string | null = null): Medium => ({
    name,
    role: "arrival_clip",
    url: name,
    media_type: "video/mp4",
    bytes: 1,
    viewing_copy_of: of,
  })
  const [clip, other, copy] = [medium("a.mkv"), medium("b.mp4"), medium("a.view.mp4", "a.mkv")]
  expect(shownCopy([clip, other, copy], clip)).toBe(copy)
  expect(shownCopy([clip, other, copy], other)).toBe(other)
})
