import { expect, test } from "vitest"

import { readSettings, TEMPLATES } from "./targets"

test("settings with their kind", () => {
  expect(readSettings("mqtt", '{"host": "x"}')).toEqual({ kind: "mqtt", host: "x" })
  expect(readSettings("webhook", JSON.stringify(TEMPLATES.webhook))?.["kind"]).toBe("webhook")
})

test("texts that are no settings", () => {
  for (const text of ["", "{", "[]", "null", "5", '"x"']) expect(readSettings("viid", text)).toBeNull()
})
