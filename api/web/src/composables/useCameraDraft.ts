/** A camera as it is being edited, and whether it differs from what is stored. */
import { computed, ref } from "vue"

import type { CameraConfig, CameraStatus, CameraView, RuleConfig } from "@/api/camera_types"
import { getCamera, putCamera } from "@/api/cameras"
import type { Point } from "@/api/types"
import { t } from "@/i18n"

export const NEW = "new"

function blank(): CameraConfig {
  return {
    ...{ id: "", name: "", uri: "", look_uri: null, location: "", device_number: "" },
    ...{ latitude: null, longitude: null, look_interval_s: 1, transport: "tcp", timeout_s: 10 },
    ...{ loop: false, enabled: true, zones: [], rules: [] },
  }
}

export function useCameraDraft(id: string) {
  const isNew = id === NEW
  const camera = ref<CameraConfig>(blank())
  const status = ref<CameraStatus | null>(null)
  const stored = ref(JSON.stringify(camera.value))
  const isChanged = computed(() => JSON.stringify(camera.value) !== stored.value)

  function take({ status: now, ...config }: CameraView): void {
    camera.value = config
    status.value = now
    stored.value = JSON.stringify(config)
  }

  async function load(): Promise<void> {
    if (!isNew) take(await getCamera(id))
  }

  async function save(): Promise<void> {
    // Its standing is entered elsewhere and may be newer than this draft.
    const standing = isNew ? undefined : (await getCamera(id)).standing
    take(await putCamera({ ...camera.value, ...(standing === undefined ? {} : { standing }) }))
  }

  function addZone(polygon: Point[]): number {
    const { zones } = camera.value
    const names = new Set(zones.map((zone) => zone.name))
    let number = zones.length + 1
    while (names.has(t("camera.zone_default", { n: number }))) number += 1
    zones.push({ name: t("camera.zone_default", { n: number }), kind: "no_parking", polygon })
    return zones.length - 1
  }

  /** Rules name their zone, so they follow its name. */
  function renameZone(index: number, name: string): void {
    const zone = camera.value.zones[index]!
    for (const rule of camera.value.rules) if (rule.zone === zone.name) rule.zone = name
    zone.name = name
  }

  function removeZone(index: number): void {
    const [gone] = camera.value.zones.splice(index, 1)
    camera.value.rules = camera.value.rules.filter((rule) => rule.zone !== gone?.name)
  }

  function addRule(kind: string): void {
    const zone = camera.value.zones[0]?.name
    if (!zone) return
    const rule: RuleConfig = { kind, zone, dwell_s: null, min_count: null, enabled: true }
    camera.value.rules.push(rule)
  }

  return {
    ...{ isNew, camera, status, isChanged, load, save },
    ...{ addZone, renameZone, removeZone, addRule },
  }
}
