import { expect, test, vi } from "vitest"

import { factLines } from "./facts"

vi.mock("@/i18n", () => ({ t: (key: string) => key, tr: (_: string, name: string) => name }))

const zombie = {
  object: { value: "truck", unit: "" },
  standing_s: { value: 2_592_000, unit: "s" },
  days_standing: { value: 30, unit: "d" },
  days_sighted: { value: 31, unit: "d" },
  first_date: { value: "2026-10-25", unit: "" },
  identity: { value: "appearance", unit: "" },
  weakest_likeness: { value: 0.902, unit: "" },
}

test("a vehicle of the ledger is told in days and words, each thing once", () => {
  const values = (language: "zh" | "en") => factLines(zombie, language).map((line) => line.value)
  expect(values("en")).toEqual(["truck", "30 d", "31 d", "unmoved outline", "90%"])
  expect(values("zh")).toEqual(["货车", "30 天", "31 天", "外形及位置未变", "90%"])
})

test("a plate is told with its colour, and its signs on hovering", () => {
  const plated = {
    plate: { value: "浙F12345", unit: "" },
    plate_colour: { value: "blue", unit: "" },
    plate_confidence: { value: 0.971, unit: "" },
    plate_signs: { value: "浙 0.97 F 1.00", unit: "" },
  }
  const [plate, sure] = factLines(plated, "zh")
  expect(plate).toEqual({ name: "facts.plate", value: "浙F12345 (蓝)", title: "浙 0.97 F 1.00" })
  expect(sure?.value).toBe("97%")
  const [none] = factLines({ plate_not_found: { value: 2, unit: "" } }, "en")
  expect(none).toEqual({ name: "plate_not_found", value: "plate.maybe_hidden" })
  const unread = { plate_problem: { value: "too_small", unit: "" } }
  expect(factLines(unread, "en")[0]?.value).toBe("too_small")
})
