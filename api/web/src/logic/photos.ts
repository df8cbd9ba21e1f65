/** Photos of phones are larger than the server takes: they are made smaller here. */

const MOST_BYTES = 900_000
const LONGEST_PX = 2000

/** The photo itself if it is small, else a smaller JPEG of it; what is no picture is left as it is. */
export async function shrunk(photo: Blob): Promise<Blob> {
  if (photo.size <= MOST_BYTES) return photo
  const picture = await createImageBitmap(photo).catch(() => null)
  if (!picture) return photo
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height))
  const canvas = document.createElement("canvas")
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return new Promise((done) =>
    canvas.toBlob((smaller) => done(smaller ?? photo), "image/jpeg", 0.85),
  )
}
