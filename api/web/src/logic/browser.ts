/** What a browser is called, from what it says of itself. */
const NAMES: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/MicroMessenger\//, "微信"],
  [/QQBrowser\//, "QQ 浏览器"],
  [/Firefox\//, "Firefox"],
  [/Chrom(e|ium)\//, "Chrome"],
  [/Safari\//, "Safari"],
]
const SYSTEMS: [RegExp, string][] = [
  [/HarmonyOS/, "HarmonyOS"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
]

export function browserName(agent: string): string {
  const find = (list: [RegExp, string][]) => list.find(([sign]) => sign.test(agent))?.[1]
  const [name, system] = [find(NAMES), find(SYSTEMS)]
  if (name && system) return `${name}, ${system}`
  return name ?? system ?? (agent.slice(0, 40) || "?")
}
