import { expect, test } from "vitest"

import { percent } from "./figures"

test.each([
  [0, "0 %"],
  [0.5, "50.0 %"],
  [0.9634, "96.3 %"],
  [0.99996, "99.9 %"],
  [1, "100 %"],
])("%s is %s", (rate, text) => expect(percent(rate)).toBe(text))
