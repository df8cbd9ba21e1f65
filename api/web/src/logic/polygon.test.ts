import { expect, it } from "vitest"

import type { Point } from "@/api/types"
import { inside, isSimple, middles, movedPoint, withoutPoint, withPoint } from "./polygon"

const SQUARE: Point[] = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
]

it("keeps points in the picture", () => {
  expect(inside([-0.2, 1.7])).toEqual([0, 1])
  expect(inside([1 / 3, 0.5])).toEqual([0.3333, 0.5])
})

it("adds, moves and takes away corners without touching the original", () => {
  expect(middles(SQUARE)[3]).toEqual([0, 0.5])
  expect(withPoint(SQUARE, 3, [0.2, 0.5]).at(-1)).toEqual([0.2, 0.5])
  expect(movedPoint(SQUARE, 0, [0.1, -1])[0]).toEqual([0.1, 0])
  expect(withoutPoint(SQUARE, 1)).toHaveLength(3)
  expect(withoutPoint(SQUARE.slice(1), 1)).toHaveLength(3)
  expect(SQUARE).toHaveLength(4)
})

it("knows a polygon that crosses itself", () => {
  expect(isSimple(SQUARE)).toBe(true)
  const bowTie: Point[] = [SQUARE[0]!, SQUARE[2]!, SQUARE[1]!, SQUARE[3]!]
  expect(isSimple(bowTie)).toBe(false)
  expect(isSimple(SQUARE.slice(1))).toBe(true)
})
