/** The list of cases: filters, pages, and what changes by itself. */
import { computed, reactive, ref, watch } from "vue"

import { type CaseFilter, listCases, PAGE_SIZE } from "@/api/cases"
import { isAborted } from "@/api/client"
import { type Case, type Counts, STATUSES } from "@/api/types"
import { useEvents } from "./useEvents"

const QUIET_MS = 250
const EMPTY: CaseFilter = { status: "lead", overdue: false, kind: "", camera_id: "", q: "" }

export function useQueue() {
  const filter = reactive<CaseFilter>({ ...EMPTY })
  const items = ref<Case[]>([])
  const counts = ref(Object.fromEntries(STATUSES.map((status) => [status, 0])) as Counts)
  const total = ref(0)
  const loading = ref(true)
  const error = ref<unknown>(null)
  const hasMore = computed(() => items.value.length < total.value)
  const isFiltered = computed(() =>
    Boolean(filter.overdue || filter.kind || filter.camera_id || filter.q),
  )
  let pages = 1
  let running: AbortController | null = null

  /** Loads all pages that are shown anew, so that nothing doubles when cases come and go. */
  async function load(): Promise<void> {
    running?.abort()
    const { signal } = (running = new AbortController())
    try {
      const all: Case[] = []
      for (let page = 1; page <= pages; page++) {
        const answer = await listCases(filter, page, signal)
        all.push(...answer.items)
        ;[counts.value, total.value] = [answer.counts, answer.total]
        if (answer.items.length < PAGE_SIZE) break
      }
      items.value = [...new Map(all.map((item) => [item.id, item])).values()]
      error.value = null
    } catch (failure) {
      if (isAborted(failure)) return
      error.value = failure
    }
    loading.value = false
  }

  function more(): Promise<void> {
    pages += 1
    return load()
  }

  function clear(): void {
    Object.assign(filter, EMPTY, { status: filter.status })
  }

  let timer = 0
  function soon(): void {
    clearTimeout(timer)
    timer = window.setTimeout(() => void load(), QUIET_MS)
  }

  const { on } = useEvents()
  on("case", soon)
  on("resumed", soon)
  watch(filter, () => {
    pages = 1
    loading.value = true
    soon()
  })

  return { filter, items, counts, total, loading, error, hasMore, isFiltered, load, more, clear }
}
