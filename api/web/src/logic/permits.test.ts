import { expect, test } from "vitest"

import { inWords, moment, parts, plates, written } from "./permits"

test("lists are taken apart at any usual separator", () => {
  expect(parts(" a; b；c、d\n\ne|f ")).toEqual(["a", "b", "c", "d", "e", "f"])
  expect(parts("sat,sun 00:00-24:00")).toEqual(["sat,sun 00:00-24:00"])
})

test("one plate is always written alike", () => {
  expect(plates("浙F·123 45, 浙f-54321")).toEqual(["浙F12345", "浙F54321"])
})

test("times are Pinghu's", () => {
  expect(moment("2026-01-31 18:00")).toBe(Date.UTC(2026, 0, 31, 10) / 1000)
  expect(moment("2026-01-31")).toBe(Date.UTC(2026, 0, 30, 16) / 1000)
  expect(written(moment("2026-01-31 18:00"))).toBe("2026-01-31 18:00")
  expect(moment(" ")).toBeNull()
  expect(moment("soon")).toBeNaN()
  expect(moment("2026-13-41")).toBeNaN()
})

test("what is wrong is told in the desk's language", () => {
  const said = "kinds: there is no kind '飞碟'"
  expect(inWords(said, "zh")).toBe("没有“飞碟”这一违规类别")
  expect(inWords(said, "en")).toBe(said)
  expect(inWords("内容有误：to_s must be later than from_s", "zh")).toBe("内容有误：结束须晚于开始")
})
