/** The words that cases are made of: kinds, reasons and the names of the cameras. */
import { computed, ref } from "vue"

import { listCameras } from "@/api/cameras"
import { listKinds, listReasons } from "@/api/cases"
import type { CameraRow } from "@/api/camera_types"
import type { Kind, Reason } from "@/api/types"
import { t, titleOf } from "@/i18n"

const kinds = ref<Kind[]>([])
const reasons = ref<Reason[]>([])
const cameras = ref<CameraRow[]>([])
const kindTitles = computed(() => new Map(kinds.value.map((k) => [k.name, titleOf(k.title)])))
const conditionTitles = computed(
  () =>
    new Map(kinds.value.flatMap((k) => k.conditions.map((c) => [c.name, titleOf(c.title)] as const))),
)
const reasonTitles = computed(() => new Map(reasons.value.map((r) => [r.id, titleOf(r.title)])))

async function load(): Promise<void> {
  const answers = await Promise.all([listKinds(), listReasons(), listCameras()])
  ;[kinds.value, reasons.value, cameras.value] = answers
}

/** A kind that this release does not know keeps its bare name. */
const kindTitle = (name: string) => kindTitles.value.get(name) ?? name
const conditionsOf = (kind: string) => kinds.value.find((k) => k.name === kind)?.conditions ?? []
/** What was seen, in words; kinds that share a condition share its name. */
const conditionWords = (names: string[]) =>
  names.map((name) => conditionTitles.value.get(name) ?? name).join(t("conditions.and"))
const reasonTitle = (id: string) => reasonTitles.value.get(id) ?? id

export function useVocabulary() {
  return { kinds, reasons, cameras, load, kindTitle, reasonTitle, conditionsOf, conditionWords }
}
