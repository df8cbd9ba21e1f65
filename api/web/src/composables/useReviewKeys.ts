/** The keys of the review page. */
import { type KeyTable, useKeys } from "./useKeys"

export interface ReviewActs {
  move: (by: number) => void
  confirm: () => void
  reject: () => void
  undo: () => void
  search: () => void
  turnStatus: (by: number) => void
  stage: () => {
    choose: (index: number) => void
    toggleOverlay: () => void
    fullScreen: () => void
    toggle: () => void
    step: (by: 1 | -1) => void
  } | null
}

const MEDIA = 5

export function useReviewKeys(acts: ReviewActs): void {
  const keys: KeyTable = {
    j: () => acts.move(1),
    ArrowDown: () => acts.move(1),
    k: () => acts.move(-1),
    ArrowUp: () => acts.move(-1),
    c: (event) => event.repeat || acts.confirm(),
    Enter: (event) => event.repeat || acts.confirm(),
    x: acts.reject,
    u: (event) => event.repeat || acts.undo(),
    "/": acts.search,
    "[": () => acts.turnStatus(-1),
    "]": () => acts.turnStatus(1),
    " ": () => acts.stage()?.toggle(),
    ",": () => acts.stage()?.step(-1),
    ".": () => acts.stage()?.step(1),
    o: () => acts.stage()?.toggleOverlay(),
    f: () => acts.stage()?.fullScreen(),
  }
  for (let index = 0; index < MEDIA; index++)
    keys[String(index + 1)] = () => acts.stage()?.choose(index)
  useKeys(keys)
}
