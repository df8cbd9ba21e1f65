/** Does one thing at a time, and tells what went wrong. */
import { ref } from "vue"

import { isAborted } from "@/api/client"
import { explain } from "@/logic/problems"

export function useWait() {
  const busy = ref(false)
  const wrong = ref("")

  /** Whether it worked. */
  async function run(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    wrong.value = ""
    try {
      await work()
      return true
    } catch (error) {
      if (!isAborted(error)) wrong.value = explain(error)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, wrong, run }
}
