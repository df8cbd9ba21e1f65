/** Zones as they are drawn: polygons of points in fractions of the picture. */
import type { Point } from "@/api/types"

export const FEWEST = 3
const DIGITS = 4

/** The point inside the picture, rounded to less than a pixel. */
export function inside([x, y]: Point): Point {
  const part = (value: number) => Number(Math.min(1, Math.max(0, value)).toFixed(DIGITS))
  return [part(x), part(y)]
}

/** The middle of each edge; the one at `i` lies behind corner `i`. */
export function middles(polygon: readonly Point[]): Point[] {
  return polygon.map(([x, y], index) => {
    const [nextX, nextY] = polygon[(index + 1) % polygon.length]!
    return [(x + nextX) / 2, (y + nextY) / 2]
  })
}

export const withPoint = (polygon: readonly Point[], after: number, point: Point): Point[] =>
  polygon.toSpliced(after + 1, 0, inside(point))

export const movedPoint = (polygon: readonly Point[], index: number, point: Point): Point[] =>
  polygon.with(index, inside(point))

/** Without a corner; a polygon keeps at least three. */
export const withoutPoint = (polygon: readonly Point[], index: number): Point[] =>
  polygon.length > FEWEST ? polygon.toSpliced(index, 1) : [...polygon]

/** Whether no two edges cross: the server takes no other polygons. */
export function isSimple(polygon: readonly Point[]): boolean {
  const edges = polygon.map((from, i) => [from, polygon[(i + 1) % polygon.length]!] as const)
  return edges.every((one, i) =>
    edges.every((other, j) => {
      const touch = j <= i + 1 || (i === 0 && j === edges.length - 1)
      return touch || !cross(one[0], one[1], other[0], other[1])
    }),
  )
}

function cross(a: Point, b: Point, c: Point, d: Point): boolean {
  return side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0
}

/** On which side of the line a–b the point is: positive, negative or 0. */
function side([ax, ay]: Point, [bx, by]: Point, [px, py]: Point): number {
  return Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax))
}
