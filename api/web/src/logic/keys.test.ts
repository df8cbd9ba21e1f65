import { expect, it } from "vitest"

import { nameOf, ownsKey } from "./keys"

const press = (key: string, more = {}) =>
  nameOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })

it("names presses, capitals or not", () => {
  expect(press("J")).toBe("j")
  expect(press("?")).toBe("?")
  expect(press("ArrowDown")).toBe("ArrowDown")
  expect(press("Enter", { metaKey: true })).toBe("ctrl+Enter")
  expect(press("c", { ctrlKey: true })).toBe("ctrl+c")
})

it("leaves letters to fields, but not Escape", () => {
  expect(ownsKey({ tag: "INPUT", type: "search" }, "j")).toBe(true)
  expect(ownsKey({ tag: "TEXTAREA" }, "1")).toBe(true)
  expect(ownsKey({ tag: "INPUT" }, "Escape")).toBe(false)
  expect(ownsKey({ tag: "TEXTAREA" }, "ctrl+Enter")).toBe(false)
})

it("leaves space to a focused button and arrows to a slider", () => {
  expect(ownsKey({ tag: "BUTTON" }, " ")).toBe(true)
  expect(ownsKey({ tag: "BUTTON" }, "c")).toBe(false)
  expect(ownsKey({ tag: "INPUT", type: "range" }, "ArrowLeft")).toBe(true)
  expect(ownsKey({ tag: "INPUT", type: "range" }, "j")).toBe(false)
  expect(ownsKey({ tag: "DIV" }, " ")).toBe(false)
})
