/** What follows from the case that is looked at, read again whenever that may have changed. */
import { type Ref, onScopeDispose, ref, watch } from "vue"

import { isAborted } from "@/api/client"
import { type FollowUp, getFollowUp } from "@/api/follow_up"
import type { CaseDetail } from "@/api/types"

const AGAIN_MS = 5_000

export function useFollowUp(detail: Ref<CaseDetail>) {
  const found = ref<FollowUp | null>(null)
  const error = ref<unknown>(null)
  let running: AbortController | null = null

  async function load(): Promise<void> {
    running?.abort()
    const { signal } = (running = new AbortController())
    try {
      found.value = await getFollowUp(detail.value.id, signal)
      error.value = null
    } catch (failure) {
      if (!isAborted(failure)) error.value = failure
    }
  }

  watch(
    () => [detail.value.id, detail.value.version, detail.value.chain.lines] as const,
    ([id], before) => {
      if (id !== before?.[0]) found.value = null
      void load()
    },
    { immediate: true },
  )

  // While a look is under way its state changes without a line in the history.
  const timer = setInterval(() => {
    const look = found.value?.looks[0]
    if (!document.hidden && (look?.state === "asked" || look?.state === "waiting")) void load()
  }, AGAIN_MS)
  onScopeDispose(() => {
    clearInterval(timer)
    running?.abort()
  })

  return { found, error, load }
}
