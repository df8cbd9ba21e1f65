import { expect, it } from "vitest"

import { dateTime, duration, position, shortTime } from "./time"

const NOON_S = Date.UTC(2026, 10, 24, 4, 0, 0) / 1000

it("reads Pinghu's clock wherever the browser is", () => {
  expect(dateTime(NOON_S)).toBe("2026-11-24 12:00:00")
  expect(dateTime(NOON_S + 12 * 3600)).toBe("2026-11-25 00:00:00")
})

it("leaves out what today makes plain", () => {
  expect(shortTime(NOON_S + 5, NOON_S)).toBe("12:00:05")
  expect(shortTime(NOON_S - 86400, NOON_S)).toBe("11-23 12:00:00")
  expect(shortTime(NOON_S - 366 * 86400, NOON_S)).toBe("2025-11-23 12:00:00")
})

it("gives lengths in at most two units", () => {
  expect(duration(0, "en")).toBe("0 s")
  expect(duration(7.5, "en")).toBe("7.5 s")
  expect(duration(320, "en")).toBe("5 min 20 s")
  expect(duration(300, "zh")).toBe("5 分")
  expect(duration(2 * 86400 + 3 * 3600 + 59, "en")).toBe("2 d 3 h")
  expect(duration(3600.4, "zh")).toBe("1 小时")
})

it("gives positions in clips", () => expect(position(725.9)).toBe("12:05"))
