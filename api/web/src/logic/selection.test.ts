import { expect, it } from "vitest"

import { neighbour, nextOpen } from "./selection"

const open = (id: string) => ({ id, status: "lead" })
const done = (id: string) => ({ id, status: "filed" })
const ITEMS = [open("a"), open("b"), open("c")]

it("moves and stays inside the list", () => {
  expect(neighbour(ITEMS, "a", 0, 1)).toBe("b")
  expect(neighbour(ITEMS, "c", 2, 1)).toBe("c")
  expect(neighbour(ITEMS, "a", 0, -1)).toBe("a")
  expect(neighbour([], "a", 0, 1)).toBeNull()
})

it("goes on where a case was that is no longer listed", () => {
  expect(neighbour(ITEMS, "gone", 1, 1)).toBe("b")
  expect(neighbour(ITEMS, "gone", 1, -1)).toBe("a")
  expect(neighbour(ITEMS, "gone", 9, 1)).toBe("c")
  expect(neighbour(ITEMS, null, 0, 1)).toBe("a")
})

it("finds the next open case, else the one before, else none", () => {
  expect(nextOpen(ITEMS, "a")).toBe("b")
  expect(nextOpen([open("a"), done("b"), open("c")], "a")).toBe("c")
  expect(nextOpen([open("a"), open("b"), done("c")], "b")).toBe("a")
  expect(nextOpen([open("a")], "a")).toBeNull()
})
