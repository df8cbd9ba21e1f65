/** Shares as people read them. */

/** 96.3 %, and never 100 % where a single case is missing. */
export function percent(rate: number): string {
  const tenths = rate < 1 ? Math.min(999, Math.round(rate * 1000)) : 1000
  return `${tenths === 1000 || tenths === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} %`
}
