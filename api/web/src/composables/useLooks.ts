/** Looks at originals that were begun here, so that lists of them follow. */
import { ref } from "vue"

import { beginLook } from "@/api/custody"

const begun = ref(0)

/** Has a look written down and returns where its file is. */
async function begin(id: string, file: string, reason: string): Promise<string> {
  const { url } = await beginLook(id, file, reason)
  begun.value += 1
  return url
}

export function useLooks() {
  return { begun, begin }
}
