/** The case that is looked at, kept as it is on the server. */
import { type Ref, ref, watch } from "vue"

import { getCase } from "@/api/cases"
import { isAborted } from "@/api/client"
import type { CaseDetail } from "@/api/types"
import { useEvents } from "./useEvents"

export function useCase(id: Ref<string | null>) {
  const detail = ref<CaseDetail | null>(null)
  const loading = ref(false)
  const error = ref<unknown>(null)
  let running: AbortController | null = null

  async function load(): Promise<void> {
    running?.abort()
    if (!id.value) return
    const { signal } = (running = new AbortController())
    loading.value = true
    try {
      detail.value = await getCase(id.value, signal)
      error.value = null
    } catch (failure) {
      if (isAborted(failure)) return
      error.value = failure
      detail.value = null
    }
    loading.value = false
  }

  watch(
    id,
    () => {
      if (!id.value) detail.value = null
      error.value = null
      void load()
    },
    { immediate: true },
  )

  const { on } = useEvents()
  // `ended` does not change the version: whatever is told of this case is a reason to look.
  on("case", (news) => {
    if (news.id === id.value) void load()
  })
  on("resumed", () => void load())

  return { detail, loading, error, load }
}
