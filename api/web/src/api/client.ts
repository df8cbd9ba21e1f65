/** Speaks HTTP with the server: JSON both ways, problems as exceptions. */

/** What the server (or the network, `status` 0) said instead of doing what was asked. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    readonly detail: string,
    readonly retryAfter_s: number | null = null,
  ) {
    super(detail)
  }
}

/** Called when the server no longer knows who is asking. */
let onSignedOut: () => void = () => undefined

export function whenSignedOut(call: () => void): void {
  onSignedOut = call
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask(path, signal ? { signal } : {})).json() as Promise<T>
}

export async function sendJson<T>(
  method: string,
  path: string,
  body: unknown = {},
  more: Record<string, string> = {},
): Promise<T> {
  const headers = { "Content-Type": "application/json", ...more }
  const response = await ask(path, { method, headers, body: JSON.stringify(body) })
  return (response.status === 204 ? undefined : await response.json()) as T
}

export async function sendText<T>(path: string, body: string): Promise<T> {
  const headers = { "Content-Type": "text/plain; charset=utf-8" }
  return (await ask(path, { method: "POST", headers, body })).json() as Promise<T>
}

export async function sendBytes<T>(path: string, body: Blob): Promise<T> {
  const headers = { "Content-Type": "application/octet-stream" }
  return (await ask(path, { method: "POST", headers, body })).json() as Promise<T>
}

/** A file that the server made, and what to call it. */
export interface Download {
  name: string
  blob: Blob
}

export async function sendForFile(path: string, body: unknown): Promise<Download> {
  const headers = { "Content-Type": "application/json", Accept: "*/*" }
  const response = await ask(path, { method: "POST", headers, body: JSON.stringify(body) })
  const told = response.headers.get("Content-Disposition") ?? ""
  return { name: /filename="([^"]+)"/.exec(told)?.[1] ?? "export", blob: await response.blob() }
}

export async function getText(path: string): Promise<string> {
  return (await ask(path, {})).text()
}

/** Asks; throws a Problem for anything but success. Aborted requests throw AbortError. */
async function ask(path: string, init: RequestInit): Promise<Response> {
  const headers = { "X-Skyeye": "1", Accept: "application/json", ...init.headers }
  let response: Response
  try {
    response = await fetch(path, { ...init, headers })
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error
    throw new Problem(0, "network", "the server cannot be reached")
  }
  if (response.ok) return response
  const problem = await read(response)
  if (problem.status === 401 && problem.kind === "login") onSignedOut()
  throw problem
}

async function read(response: Response): Promise<Problem> {
  const wait = Number(response.headers.get("Retry-After"))
  const body = (await response.json().catch(() => ({}))) as { type?: string; detail?: string }
  const kind = body.type?.startsWith("urn:skyeye:") ? body.type.slice("urn:skyeye:".length) : ""
  return new Problem(response.status, kind, body.detail ?? response.statusText, wait || null)
}

export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError"
}
