/** How far the masked copies of a case are; asked again while they are being made. */
import { onScopeDispose, type Ref, ref, watch } from "vue"

import { isAborted } from "@/api/client"
import { type Copies, getCopies } from "@/api/custody"

const PAUSE_MS = 1500
const LONG_PAUSE_MS = 20_000

export function useCopies(id: Ref<string>) {
  const copies = ref<Copies | null>(null)
  let timer = 0
  let running: AbortController | null = null

  async function load(): Promise<void> {
    running?.abort()
    window.clearTimeout(timer)
    const { signal } = (running = new AbortController())
    try {
      copies.value = await getCopies(id.value, signal)
    } catch (error) {
      if (isAborted(error)) return
      copies.value = null
    }
    if (copies.value?.state === "making") timer = window.setTimeout(load, PAUSE_MS)
    if (copies.value?.state === "unavailable") timer = window.setTimeout(load, LONG_PAUSE_MS)
  }

  watch(
    id,
    () => {
      copies.value = null
      void load()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    running?.abort()
    window.clearTimeout(timer)
  })

  return { copies }
}
