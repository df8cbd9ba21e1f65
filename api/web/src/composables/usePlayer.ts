/** A clip: where it is, and stepping through it frame by frame. */
import { onScopeDispose, type Ref, ref, watch } from "vue"

const FRAME_S = 1 / 25
/** Past the start of a frame, so that rounding does not show the one before. */
const INTO_FRAME_S = 0.001
/** The longest gap between two frames that is taken for the clip's own rhythm. */
const LONGEST_FRAME_S = 1

export function usePlayer(video: Ref<HTMLVideoElement | null>) {
  const time_s = ref(0)
  const length_s = ref(0)
  const playing = ref(false)
  const failed = ref(false)
  let frame_s = FRAME_S
  let measured = false
  let callback = 0
  /** When the frame that is on the screen begins. */
  let shown_s = 0

  /** Follows the frames that are truly shown, so that the overlay does not run ahead. */
  function follow(element: HTMLVideoElement): void {
    let earlier_s: number | null = null
    const onFrame = (_now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      time_s.value = shown_s = mediaTime
      if (earlier_s !== null && playing.value) learn(mediaTime - earlier_s)
      earlier_s = mediaTime
      callback = element.requestVideoFrameCallback(onFrame)
    }
    callback = element.requestVideoFrameCallback(onFrame)
  }

  function learn(gap_s: number): void {
    if (gap_s <= 0.001 || gap_s > LONGEST_FRAME_S) return
    frame_s = measured ? Math.min(frame_s, gap_s) : gap_s
    measured = true
  }

  function unfollow(element: HTMLVideoElement | null): void {
    element?.cancelVideoFrameCallback(callback)
  }

  watch(video, (element, earlier) => {
    unfollow(earlier ?? null)
    if (!element) return
    ;[time_s.value, length_s.value, playing.value, failed.value] = [0, 0, false, false]
    measured = false
    frame_s = FRAME_S
    shown_s = 0
    element.onloadedmetadata = () => (length_s.value = element.duration || 0)
    element.onplay = () => (playing.value = true)
    element.onpause = element.onended = () => (playing.value = false)
    element.onerror = () => (failed.value = true)
    follow(element)
  })
  onScopeDispose(() => unfollow(video.value))

  function toggle(): void {
    const element = video.value
    if (!element || failed.value) return
    // An interrupted play() is no error: the clip was paused or changed meanwhile.
    if (element.paused) void element.play().catch(() => undefined)
    else element.pause()
  }

  function seek(s: number): void {
    const element = video.value
    if (!element || !length_s.value) return
    const to_s = Math.min(Math.max(0, s), length_s.value)
    element.currentTime = to_s
    time_s.value = to_s
  }

  /** One frame on (1) or back (-1). */
  function step(by: 1 | -1): void {
    const element = video.value
    if (!element || failed.value) return
    element.pause()
    aim(element, by, shown_s, frame_s)
  }

  /** Reaches further while the clip's rhythm is unknown and the same frame stays on the screen. */
  function aim(element: HTMLVideoElement, by: 1 | -1, from_s: number, gap_s: number): void {
    const target_s = from_s + by * gap_s + INTO_FRAME_S
    seek(target_s)
    if (measured || target_s <= 0 || target_s >= length_s.value) return
    const look = () => {
      if (video.value !== element || !element.paused) return
      if (shown_s !== from_s) learn(Math.abs(shown_s - from_s))
      else if (gap_s < LONGEST_FRAME_S) aim(element, by, from_s, 2 * gap_s)
    }
    // The frame is told a moment after the seek is done.
    const settle = () => requestAnimationFrame(() => requestAnimationFrame(look))
    element.addEventListener("seeked", settle, { once: true })
  }

  return { time_s, length_s, playing, failed, toggle, seek, step }
}
